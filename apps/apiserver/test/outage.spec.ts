import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresServer } from '@nestor/postgres-server';
import {
  ApiClient,
  type WatchLine,
  eventually,
  freeze,
  startApiServer,
  temporaryDirectory,
  type TestApiServer,
} from '@nestor/testing';
import { configMap } from './objects';
import { expectAsTold, maps, OutageWriters } from './outage-writers';

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

  /** A watch from now on that ends when the object of this name is added. */
  const watchUntil = async (last: string): Promise<{ lines: Promise<WatchLine[]> }> => {
    const { body } = await api.get(`${maps}?limit=1`);
    const path = `${maps}?watch=1&resourceVersion=${body.metadata.resourceVersion}`;
    return { lines: api.watch(path, (lines) => lines.some(({ object }) => object.metadata.name === last)) };
  };

  /** What must hold while Postgres does not answer. All of it is asked before Postgres is let back. */
  const expectServedFromCache = async (known: string) => {
    expect((await api.get(`${maps}/${known}?resourceVersion=0`)).code).toBe(200);
    const listed = await api.get(`${maps}?resourceVersion=0`);
    expect(listed.body['items'].map(({ metadata }: any) => metadata.name)).toContain(known);
    const [consistent, ready, live] = await Promise.all([
      api.get(`${maps}/${known}`),
      api.get('/readyz?verbose'),
      api.get('/livez'),
    ]);
    expect(consistent.body).toMatchObject({ kind: 'Status', code: 503, reason: 'ServiceUnavailable' });
    expect(ready.code).toBe(500);
    expect(ready.text).toContain('[-]postgres failed');
    expect(live.code).toBe(200);
  };

  /** Writers all the while, from before `away` is over until after it; gives what they were told. */
  const writeThrough = async (name: string, away: (writers: OutageWriters) => Promise<void>) => {
    const watched = await watchUntil(`${name}-last`);
    const writers = new OutageWriters(api, name);
    await eventually(() => expect(writers.names(201).length).toBeGreaterThan(20));
    await away(writers);
    const before = writers.names(201).length;
    await eventually(() => expect(writers.names(201).length).toBeGreaterThan(before + 20), { timeoutMs: 60_000 });
    await writers.stop();
    expect((await api.post(maps, configMap(`${name}-last`))).code).toBe(201);
    await eventually(async () => expect((await api.get('/readyz')).code).toBe(200));
    await expectAsTold(api, writers);
    expect(writers.names(503).length).toBeGreaterThan(0);

    // The watch was open from first to last, and saw what came to be once each and in order.
    const lines = await watched.lines;
    const revisions = lines.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(revisions).toEqual([...new Set(revisions)].sort((one, other) => one - other));
    const { body } = await api.get(maps);
    const stored = body['items'].map(({ metadata }: any) => metadata.name as string);
    const seen = lines.map(({ type, object }) => `${type} ${object.metadata.name}`);
    const here = stored
      .filter((stands: string) => stands.startsWith(`${name}-`))
      .map((stands: string) => `ADDED ${stands}`);
    expect(seen.filter((line) => line.includes(` ${name}-`)).sort()).toEqual(here.sort());
  };

  it('for a minute, killed: refuses writes, answers from the cache, says so, and goes on afterwards', async () => {
    expect((await api.post(maps, configMap('before'))).code).toBe(201);
    await writeThrough('killed', async () => {
      const back = sleep(60_000);
      await postgres.kill();
      await expectServedFromCache('before');
      const refused = await api.post(maps, configMap('during'));
      expect(refused.body).toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
      expect(refused.headers['retry-after']).toBeDefined();
      await back;
      await expectServedFromCache('before');
      postgres = await PostgresServer.start({ directory: directory.path });
    });
    expect((await api.get(`${maps}/during`)).code).toBe(404);
  }, 180_000);

  it('frozen, with its connections open: answers every write in time, and what was in flight is whole or not', async () => {
    expect((await api.post(maps, configMap('still'))).code).toBe(201);
    await writeThrough('frozen', async (writers) => {
      const thaw = freeze(postgres.pid);
      try {
        // Each writer has had an answer since, which was not yes, before Postgres goes on.
        await eventually(() => expect(writers.names(503, 504).length).toBeGreaterThanOrEqual(8), { timeoutMs: 60_000 });
        await expectServedFromCache('still');
      } finally {
        thaw();
      }
    });
  }, 180_000);
});
