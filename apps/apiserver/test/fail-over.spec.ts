import {
  ApiClient,
  type WatchLine,
  eventually,
  startApiServer,
  startReplicatedPostgres,
  startTcpProxy,
  type ReplicatedPostgres,
  type TcpProxy,
  type TestApiServer,
} from '@nestor/testing';
import { configMap } from './objects';
import { expectAsTold, maps, OutageWriters } from './outage-writers';

describe('a fail-over of Postgres to its synchronous standby', () => {
  let postgres: ReplicatedPostgres;
  let proxy: TcpProxy;
  let servers: TestApiServer[] = [];
  let clients: ApiClient[] = [];

  beforeAll(async () => {
    postgres = await startReplicatedPostgres('nestor');
    const { primary, standby } = postgres;
    proxy = await startTcpProxy({ port: primary.port });
    const url = primary.url('nestor');
    // One API server knows an address that moves, the other both hosts.
    const address = url.replace(`:${primary.port}/`, `:${proxy.port}/`);
    const hosts = url.replace(/@.*$/, `@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/nestor`);
    const first = await startApiServer({ database: address });
    servers = [first, await startApiServer({ database: hosts, pki: first.pki })];
    clients = await Promise.all(servers.map((server) => ApiClient.of(server)));
  }, 180_000);
  afterAll(async () => {
    for (const client of clients) client.close();
    for (const server of servers) await server.stop();
    await proxy?.stop();
    await postgres?.stop();
  });

  it('loses nothing acknowledged, and watches go on without a gap, a repeat or a step back', async () => {
    const ends = clients.map((_, index) => `last-${index}`);
    const { body: start } = await clients[0]!.get(`${maps}?limit=1`);
    const path = `${maps}?watch=1&resourceVersion=${start.metadata.resourceVersion}`;
    const all = (lines: WatchLine[]) => ends.every((name) => lines.some(({ object }) => object.metadata.name === name));
    const watches = clients.map((client) => client.watch(path, all));

    const writers = clients.map((client, index) => new OutageWriters(client, `via-${index}`, 4));
    const more = (count: number) =>
      Promise.all(
        writers.map((writer) => {
          const before = writer.names(201).length;
          return eventually(() => expect(writer.names(201).length).toBeGreaterThan(before + count), {
            timeoutMs: 60_000,
          });
        }),
      );
    await more(50);
    await postgres.primary.kill();
    const atKill = Math.max(...writers.flatMap(({ told }) => told.map(({ revision }) => revision)));
    await postgres.promote();
    proxy.retarget(postgres.standby.port);
    await more(50);
    await Promise.all(writers.map((writer) => writer.stop()));
    for (const [index, client] of clients.entries()) {
      expect((await client.post(maps, configMap(ends[index]!))).code).toBe(201);
    }

    const told = writers.flatMap((writer) => writer.told);
    for (const client of clients) await expectAsTold(client, { told });
    const revisions = told.filter(({ code }) => code === 201).map(({ revision }) => revision);
    expect(new Set(revisions).size).toBe(revisions.length);
    for (const writer of writers) {
      const after = writer.told.at(-1)!;
      expect(after.revision).toBeGreaterThan(atKill);
    }
    const { body: stored } = await clients[0]!.get(maps);
    const expected = stored['items']
      .map(({ metadata }: any) => `${metadata.resourceVersion} ${metadata.name}`)
      .filter((line: string) => / (via|last)-/.test(line));
    for (const lines of await Promise.all(watches)) {
      const seen = lines.filter(({ object }) => /^(via|last)-/.test(object.metadata.name ?? ''));
      const order = seen.map(({ object }) => Number(object.metadata.resourceVersion));
      expect(order).toEqual([...order].sort((one, other) => one - other));
      expect(seen.map(({ object: { metadata } }) => `${metadata.resourceVersion} ${metadata.name}`).sort()).toEqual(
        expected.sort(),
      );
    }
  }, 120_000);

  it('takes no writes on the old primary when it comes back', async () => {
    await postgres.restartPrimary();
    proxy.retarget(postgres.primary.port);
    proxy.cut();
    // What was under way when the connections were cut says so first.
    await eventually(async () => {
      const refused = await clients[0]!.post(maps, configMap('on-the-old'));
      expect(refused.body).toMatchObject({ code: 503 });
      expect(refused.body['message']).toContain('another was promoted since');
    });
    expect((await clients[1]!.post(maps, configMap('on-the-new'))).code).toBe(201);
    proxy.retarget(postgres.standby.port);
    await eventually(async () => expect((await clients[0]!.post(maps, configMap('back'))).code).toBe(201));
    expect((await clients[0]!.get(`${maps}/on-the-new`)).code).toBe(200);
    const onTheOld = `SELECT FROM object WHERE name = 'on-the-old'`;
    expect(await postgres.sql(postgres.primary, onTheOld)).toEqual([]);
  });
});
