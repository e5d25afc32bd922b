import { PostgresServer } from '@nestor/postgres-server';
import { eventually, startApiServer, temporaryDirectory, type TestApiServer } from '@nestor/testing';
import { ApiClient, configMap } from './api-client';

const maps = '/api/v1/namespaces/default/configmaps';

describe('while Postgres is away', () => {
  const directory = temporaryDirectory('outage');
  let postgres: PostgresServer;
  let server: TestApiServer;
  let api: ApiClient;

  beforeAll(async () => {
    postgres = await PostgresServer.start({ directory: directory.path });
    server = await startApiServer({ database: await postgres.createDatabase('nestor') });
    api = await ApiClient.of(server);
  }, 120_000);
  afterAll(async () => {
    api?.close();
    await server?.stop();
    await postgres?.stop();
    directory.remove();
  });

  it('refuses writes, answers from the cache, says so, and goes on afterwards', async () => {
    expect((await api.post(maps, configMap('before'))).code).toBe(201);
    await eventually(async () => expect((await api.get(`${maps}/before?resourceVersion=0`)).code).toBe(200));
    await postgres.kill();

    const refused = await api.post(maps, configMap('during'));
    expect(refused.body).toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
    expect(refused.headers['retry-after']).toBeDefined();
    expect((await api.get(`${maps}/before?resourceVersion=0`)).code).toBe(200);
    expect((await api.get('/readyz?verbose')).text).toContain('[-]postgres failed');
    expect((await api.get('/livez')).code).toBe(200);

    postgres = await PostgresServer.start({ directory: directory.path });
    await eventually(async () => expect((await api.post(maps, configMap('after'))).code).toBe(201), {
      timeoutMs: 30_000,
    });
    expect((await api.get(`${maps}/before`)).code).toBe(200);
    await eventually(async () => expect((await api.get('/readyz')).code).toBe(200));
  }, 90_000);
});
