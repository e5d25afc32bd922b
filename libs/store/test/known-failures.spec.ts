import { Client } from 'pg';
import { openTruthStore, type Revision, type TruthStore, type WriteOperation } from '../src';
import { localPostgres, type LocalPostgres } from './local-postgres';

/** What is known to have broken other stores on SQL databases; docs/known-failures.md lists them with their tests. */
describe('known failures of stores on SQL databases', () => {
  let postgres: LocalPostgres;
  const stores: TruthStore[] = [];
  const clients: Client[] = [];
  const open = async (url: string, partitions = { width: 20, ahead: 2 }) => {
    const store = await openTruthStore({ url, partitions });
    stores.push(store);
    return store;
  };
  const connect = async (url: string) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    clients.push(client);
    return client;
  };
  const place = (name: string) => ({ resource: 'pods', namespace: 'default', name });
  const body = Buffer.from('{"kind":"Pod","apiVersion":"v1","metadata":{}}');
  const create = (name: string): WriteOperation => ({ type: 'create', ...place(name), uid: name, body });

  beforeAll(async () => {
    postgres = await localPostgres();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.end()));
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });
  afterAll(() => postgres.remove());

  it('a long transaction elsewhere: writes and compaction go on beside it', async () => {
    const url = await postgres.createDatabase();
    const store = await open(url);
    const made = await store.write(create('busy'));
    let expected: Revision = made.ok ? made.revision : 0;
    const idle = await connect(url);
    await idle.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await idle.query('SELECT count(*) FROM object');
    for (let round = 0; round < 100; round++) {
      const done = await store.write({ type: 'update', ...place('busy'), expected, body });
      if (!done.ok) throw new Error(done.reason);
      expected = done.revision;
    }
    expect(await store.compact({ keepRevisions: 30, olderThanMs: 0 })).toBeGreaterThan(50);
    const { rows } = await idle.query<{ gone: boolean }>(`SELECT to_regclass('change_0') IS NULL AS gone`);
    expect(rows[0]?.gone).toBe(true);
  });

  it('a long transaction that has read the change log: the boundary moves, writes find partitions, tables go after it', async () => {
    const url = await postgres.createDatabase();
    const store = await open(url);
    const other = await open(url);
    const retention = { keepRevisions: 30, olderThanMs: 0 };
    const write = async (count: number, prefix: string) => {
      const done = await Promise.all(Array.from({ length: count }, (_, n) => store.write(create(`${prefix}-${n}`))));
      expect(done.filter(({ ok }) => !ok)).toEqual([]);
    };
    const tables = async (client: Client) => {
      const { rows } = await client.query<{ low: number }>(
        `SELECT substring(relname FROM 8)::int AS low FROM pg_class WHERE relname ~ '^change_\\d+$' ORDER BY low`,
      );
      return rows.map(({ low }) => low);
    };
    await write(200, 'before');
    const dump = await connect(url);
    await dump.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const seen = await dump.query('SELECT count(*) FROM change');

    const first = await store.compact(retention);
    expect(first).toBeGreaterThan(100);
    await expect(store.changes(first - 1, 10)).rejects.toMatchObject({ code: 410 });
    expect(await store.changes(first, 10)).toHaveLength(10);
    // Far more than what was ready ahead, beside a compaction that waits.
    const waiting = other.compact(retention);
    await write(1500, 'during');
    expect(await waiting).toBeGreaterThanOrEqual(first);
    const second = await store.compact(retention);
    expect(second).toBeGreaterThan(1600);
    const observer = await connect(url);
    expect((await tables(observer))[0]).toBe(0);
    expect((await dump.query('SELECT count(*) FROM change')).rows).toEqual(seen.rows);

    await dump.query('COMMIT');
    // A round that meets another one, or waits too long, leaves the rest to the next.
    for (let round = 0; round < 20 && (await tables(observer))[0] !== second + 1; round++) {
      expect(await other.compact(retention)).toBe(second);
    }
    expect((await tables(observer))[0]).toBe(second + 1);
    expect((await store.changes(second, 1000)).at(-1)?.revision).toBe(await store.currentRevision());
  });

  it('a compaction that scans and deletes row by row: history goes as whole tables, no row is deleted', async () => {
    const url = await postgres.createDatabase();
    const store = await open(url, { width: 100, ahead: 3 });
    const watcher = await connect(url);
    // Fires on any DELETE from a part of the change log, whoever runs it.
    await watcher.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'a row of the change log is deleted'; END $$`);
    await watcher.query('CREATE TRIGGER no_delete BEFORE DELETE ON change FOR EACH ROW EXECUTE FUNCTION refuse()');
    await Promise.all(Array.from({ length: 600 }, (_, n) => store.write(create(`n-${n}`))));
    const boundary = await store.compact({ keepRevisions: 30, olderThanMs: 0 });
    expect(boundary).toBeGreaterThan(400);
    const { rows } = await watcher.query<{ oldest: string }>('SELECT min(revision) AS oldest FROM change');
    expect(Number(rows[0]?.oldest)).toBe(boundary + 1);
  });

  it('NOTIFY takes a lock at commit and 8,000 bytes: one notification a batch, of a number', async () => {
    const url = await postgres.createDatabase();
    const store = await open(url, { width: 10_000, ahead: 2 });
    const listener = await connect(url);
    const payloads: string[] = [];
    listener.on('notification', ({ payload }) => payloads.push(payload ?? ''));
    await listener.query('LISTEN nestor_revision');
    const name = (n: number) => `${n}-`.padEnd(250, 'x');
    await Promise.all(Array.from({ length: 1000 }, (_, n) => store.write(create(name(n)))));
    // Notifications come before the answer of a query that was sent after them.
    await listener.query('SELECT 1');
    const newest = await store.currentRevision();
    expect(payloads.at(-1)).toBe(String(newest));
    expect(payloads.every((payload) => /^\d+$/.test(payload))).toBe(true);
    // Batches hold up to 128 writes; what came in one turn of the event loop needs few.
    expect(payloads.length).toBeLessThanOrEqual(20);
  });

  it('a cache that reads its own commits back: the answer tells them, Postgres is not asked', async () => {
    const url = await postgres.createDatabase();
    const store = await open(url, { width: 10_000, ahead: 2 });
    const counter = await connect(url);
    const scans = async () => {
      await counter.query('SELECT pg_stat_clear_snapshot()');
      const { rows } = await counter.query<{ scans: string }>(
        `SELECT coalesce(sum(idx_scan + seq_scan), 0) AS scans FROM pg_stat_user_tables WHERE relname LIKE 'change\\_%'
         AND relname <> 'change_partition'`,
      );
      return Number(rows[0]?.scans);
    };
    let position = await store.currentRevision();
    let heard = position;
    store.onRevision((revision) => (heard = revision));
    const before = await scans();
    for (let round = 0; round < 300; round++) {
      await store.write(create(`own-${round}`));
      while (position < heard) {
        const changes = await store.tail(position, 256);
        position = changes.at(-1)?.revision ?? heard;
      }
    }
    // Backends report what they did at most once a second.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await store.ping();
    await new Promise((resolve) => setTimeout(resolve, 500));
    // A tick may fall between a commit and its answer.
    expect((await scans()) - before).toBeLessThan(30);
  });

  it('a poll loop that stalls writers: idle replicas ask once a tick, and writes of both go on beside', async () => {
    const url = await postgres.createDatabase();
    const tickMs = 200;
    const replicas = await Promise.all(
      [1, 2].map(async () => {
        const store = await openTruthStore({ url, tickMs });
        stores.push(store);
        return store;
      }),
    );
    const counter = await connect(url);
    const look = async () => {
      // Backends report what they did at most once a second, and one that is idle later.
      await counter.query('SELECT pg_stat_clear_snapshot()');
      const { rows } = await counter.query<{ queries: string; at: string }>(
        `SELECT xact_commit + xact_rollback AS queries, extract(epoch FROM clock_timestamp()) * 1000 AS at
         FROM pg_stat_database WHERE datname = current_database()`,
      );
      return { queries: Number(rows[0]?.queries), at: Number(rows[0]?.at) };
    };
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const before = await look();
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const after = await look();
    // What was asked in the second before the first look may be reported after it.
    const ticks = (after.at - before.at + 1500) / tickMs;
    expect(after.queries - before.queries).toBeGreaterThan(replicas.length);
    expect(after.queries - before.queries).toBeLessThanOrEqual(replicas.length * ticks + 10);

    const outcomes = await Promise.all(
      replicas.flatMap((store, replica) =>
        Array.from({ length: 300 }, (_, n) => store.write(create(`busy-${replica}-${n}`))),
      ),
    );
    expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('dead rows behind a long transaction: a commit and a read touch no more pages than before', async () => {
    const url = await postgres.createDatabase();
    const store = await open(url, { width: 10_000, ahead: 2 });
    const made = await store.write(create('hot'));
    let expected: Revision = made.ok ? made.revision : 0;
    const idle = await connect(url);
    await idle.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await idle.query('SELECT count(*) FROM object');
    const looker = await connect(url);
    /** Pages that were looked at for the row that is changed and those that every commit and consistent read goes by. */
    const pages = async () => {
      await looker.query('SELECT pg_stat_force_next_flush()');
      await looker.query('SELECT pg_stat_clear_snapshot()');
      const { rows } = await looker.query<{ pages: string }>(
        `SELECT sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit, 0) + coalesce(idx_blks_read, 0)) AS pages
         FROM pg_statio_user_tables WHERE relname IN ('revision', 'revision_head', 'writer', 'object')`,
      );
      return Number(rows[0]?.pages);
    };
    const change = async () => {
      const done = await store.write({ type: 'update', ...place('hot'), expected, body });
      if (!done.ok) throw new Error(done.reason);
      expected = done.revision;
    };
    const perCommit = async () => {
      await flushed();
      const before = await pages();
      for (let round = 0; round < 200; round++) {
        await change();
        await store.currentRevision();
      }
      await flushed();
      return ((await pages()) - before) / 200;
    };
    const flushed = async () => {
      // A backend reports at the end of a statement when its last report is a second old.
      await new Promise((resolve) => setTimeout(resolve, 1200));
      await store.ping();
      await store.currentRevision();
      await new Promise((resolve) => setTimeout(resolve, 200));
    };
    const fresh = await perCommit();
    for (let round = 0; round < 5000; round++) await change();
    const later = await perCommit();
    expect(later).toBeLessThan(2 * fresh);
  });
});
