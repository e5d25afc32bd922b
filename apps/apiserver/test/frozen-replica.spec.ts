import { ApiClient, eventually, startApiServer, startTcpProxy, startTestPostgres } from '@nestor/testing';
import type { TcpProxy, TestApiServer, TestDatabase } from '@nestor/testing';
import { configMap } from './objects';

const maps = '/api/v1/namespaces/default/configmaps';

describe('an API server whose line to Postgres goes dead without a word', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let servers: TestApiServer[] = [];
  let clients: ApiClient[] = [];

  beforeAll(async () => {
    database = await startTestPostgres();
    const { port } = new URL(database.url);
    proxy = await startTcpProxy({ port: Number(port) });
    const first = await startApiServer({ database: database.url });
    const behind = database.url.replace(`:${port}/`, `:${proxy.port}/`);
    servers = [first, await startApiServer({ database: behind, pki: first.pki })];
    clients = await Promise.all(servers.map((server) => ApiClient.of(server)));
  }, 120_000);
  afterAll(async () => {
    for (const client of clients) client.close();
    for (const server of servers) await server.stop();
    await proxy?.stop();
    await database?.stop();
  });

  it('answers no consistent read with an old state, says what is wrong, and catches up with all of it', async () => {
    const [writer, frozen] = clients as [ApiClient, ApiClient];
    let { body: object } = await writer.post(maps, configMap('shared', { round: '0' }));
    expect((await frozen.get(`${maps}/shared`)).body['data']).toEqual({ round: '0' });
    const watched = frozen.watch(
      `${maps}?watch=1&resourceVersion=${object.metadata.resourceVersion}&fieldSelector=metadata.name=shared`,
      (lines) => lines.at(-1)?.object['data'].round === 'last',
    );

    // With the line dead nothing of these comes through, and nothing says so.
    proxy.blackHole();
    const rounds = Array.from({ length: 30 }, (_, round) => String(round + 1));
    for (const round of rounds) ({ body: object } = await writer.put(`${maps}/shared`, { ...object, data: { round } }));
    const reads = await Promise.all([
      ...Array.from({ length: 5 }, () => frozen.get(`${maps}/shared`)),
      frozen.get(maps),
      frozen.get(`${maps}?limit=5`),
    ]);
    expect(reads.map(({ code }) => code)).toEqual(reads.map(() => 503));
    const ready = await frozen.get('/readyz?verbose');
    expect([ready.code, ready.text]).toEqual([500, expect.stringContaining('[-]postgres failed')]);
    expect((await frozen.get(`${maps}/shared?resourceVersion=0`)).body['data']).toEqual({ round: '0' });
    expect((await writer.get('/readyz')).code).toBe(200);

    await proxy.heal();
    ({ body: object } = await writer.put(`${maps}/shared`, { ...object, data: { round: 'last' } }));
    const seen = (await watched).map((line) => line.object['data'].round as string);
    expect(seen).toEqual([...rounds, 'last']);
    await eventually(async () => expect((await frozen.get(`${maps}/shared`)).body['data']).toEqual({ round: 'last' }));
    await eventually(async () => expect((await frozen.get('/readyz')).code).toBe(200));
  }, 120_000);
});
