import { PostgresServer } from '@nestor/postgres-server';
import {
  ApiClient,
  eventually,
  freePort,
  startApiServer,
  startTcpProxy,
  temporaryDirectory,
  type TcpProxy,
  type TestApiServer,
} from '@nestor/testing';
import { configMap } from './objects';

const maps = '/api/v1/namespaces/default/configmaps';

describe('a Postgres that refuses connections', () => {
  const directory = temporaryDirectory('refused');
  let postgres: PostgresServer;
  let proxy: TcpProxy;
  let server: TestApiServer | undefined;
  const url = async () => (await postgres.createDatabase('nestor')).replace(`:${postgres.port}/`, `:${proxy.port}/`);

  beforeAll(async () => {
    postgres = await PostgresServer.start({ directory: directory.path });
    proxy = await startTcpProxy({ port: postgres.port });
  });
  afterAll(async () => {
    await server?.stop();
    await proxy?.stop();
    await postgres?.stop();
    directory.remove();
  });

  it('from the start: the API server ends at once, with where it knocked and without the password', async () => {
    const port = await freePort();
    const failure = await startApiServer({ database: `postgres://nestor:secret@127.0.0.1:${port}/nestor` }).then(
      () => undefined,
      (error: Error) => error.message,
    );
    expect(failure).toContain(
      `apiserver: cannot start: the truth store (Postgres) is not available: connect ECONNREFUSED 127.0.0.1:${port}`,
    );
    expect(failure).not.toContain('secret');
  });

  it('for a while: writes are refused with the reason, and go on when it is back, at another place even', async () => {
    server = await startApiServer({ database: await url() });
    const api = await ApiClient.of(server);
    try {
      expect((await api.post(maps, configMap('before'))).code).toBe(201);
      proxy.refuse();
      const [refused, read] = await Promise.all([api.post(maps, configMap('during')), api.get(`${maps}/before`)]);
      expect(refused.body).toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
      expect(refused.body['message']).toContain('ECONNREFUSED');
      expect(read.body).toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
      expect((await api.get(`${maps}/before?resourceVersion=0`)).code).toBe(200);

      await postgres.stop();
      postgres = await PostgresServer.start({ directory: directory.path, port: await freePort() });
      proxy.retarget(postgres.port);
      await proxy.heal();
      await eventually(async () => expect((await api.post(maps, configMap('after'))).code).toBe(201));
      expect((await api.get(`${maps}/before`)).code).toBe(200);
      expect((await api.get(`${maps}/during`)).code).toBe(404);
    } finally {
      api.close();
    }
  });
});
