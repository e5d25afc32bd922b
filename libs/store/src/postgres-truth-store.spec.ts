import { Client } from 'pg';
import { eventually } from '@nestor/testing';
import { localPostgres, type LocalPostgres } from '../test/local-postgres';
import { openTruthStore, type TruthStoreOptions } from './postgres-truth-store';
import type { Change, Revision, TruthStore, WriteOperation, WriteOutcome } from './truth-store';

jest.setTimeout(120_000);

const body = (text: string): Buffer => Buffer.from(`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"${text}"}}`);
const create = (name: string, uid = `uid-${name}`, namespace = 'default'): WriteOperation => ({
  type: 'create',
  resource: 'pods',
  namespace,
  name,
  uid,
  body: body(name),
});
const update = (name: string, expected: Revision, text = `${name}-${expected}`): WriteOperation => ({
  type: 'update',
  resource: 'pods',
  namespace: 'default',
  name,
  expected,
  body: body(text),
});
const remove = (name: string, expected: Revision): WriteOperation => ({
  type: 'delete',
  resource: 'pods',
  namespace: 'default',
  name,
  expected,
  body: body(`${name}-final`),
});
const revisionOf = (outcome: WriteOutcome): Revision => {
  if (!outcome.ok) throw new Error(`not written: ${outcome.reason}`);
  return outcome.revision;
};
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('the truth store on Postgres', () => {
  let postgres: LocalPostgres;
  const stores: TruthStore[] = [];
  const open = async (url: string, options: Partial<TruthStoreOptions> = {}): Promise<TruthStore> => {
    const store = await openTruthStore({ url, ...options });
    stores.push(store);
    return store;
  };

  beforeAll(async () => {
    postgres = await localPostgres();
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });
  afterAll(() => postgres.remove());

  it('answers each operation of a batch by itself, in order', async () => {
    const store = await open(await postgres.createDatabase());
    const outcomes = await Promise.all([
      store.write(create('a')),
      store.write(create('b')),
      store.write(create('a', 'other')),
      store.write(update('missing', 1)),
      store.write(update('b', 3)),
      store.write(update('b', 3)),
      store.write(remove('a', 1)),
      store.write(remove('a', 2)),
      store.write(create('a', 'again')),
    ]);
    expect(outcomes).toMatchObject([
      { ok: true, revision: 2 },
      { ok: true, revision: 3 },
      { ok: false, reason: 'exists', revision: 2 },
      { ok: false, reason: 'notFound' },
      { ok: true, revision: 4 },
      { ok: false, reason: 'conflict', revision: 4 },
      { ok: false, reason: 'conflict', revision: 2 },
      { ok: true, revision: 5 },
      { ok: true, revision: 6 },
    ]);
    expect(await store.currentRevision()).toBe(6);
    const { revision, objects } = await store.snapshot('pods');
    expect(revision).toBe(6);
    expect(objects.map(({ name, uid, revision: at, body: text }) => [name, uid, at, text.toString()])).toEqual([
      ['a', 'again', 6, body('a').toString()],
      ['b', 'uid-b', 4, body('b-3').toString()],
    ]);
    const changes = await store.changes(1, 100);
    expect(
      changes.map(({ revision: at, type, name, uid, previous }) => [at, type, name, uid, previous?.toString()]),
    ).toEqual([
      [2, 'ADDED', 'a', 'uid-a', undefined],
      [3, 'ADDED', 'b', 'uid-b', undefined],
      [4, 'MODIFIED', 'b', 'uid-b', body('b').toString()],
      [5, 'DELETED', 'a', 'uid-a', body('a').toString()],
      [6, 'ADDED', 'a', 'again', undefined],
    ]);
    expect(changes[3]?.body.toString()).toBe(body('a-final').toString());
    expect(await store.resources()).toEqual(['pods']);
  });

  it('commits what waits in one batch', async () => {
    const url = await postgres.createDatabase();
    const store = await open(url);
    await store.write(create('first'));
    await Promise.all(Array.from({ length: 100 }, (_, index) => store.write(create(`p${index}`))));
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<{ batch: string }>('SELECT batch FROM writer');
    await client.end();
    expect(rows).toEqual([{ batch: '2' }]);
  });

  it('keeps any bytes and names as they are', async () => {
    const store = await open(await postgres.createDatabase());
    const bytes = Buffer.from([0, 255, 254, 1, 92, 120, 0x7b, 34, 39]);
    const name = `we"ird\\{},NULL'ü`;
    await store.write({ ...create(name), body: bytes });
    const { objects } = await store.snapshot('pods');
    expect(objects[0]).toMatchObject({ name, body: bytes });
    // No text of Postgres holds a NUL: that operation fails alone.
    const [bad, good] = await Promise.allSettled([store.write(create('nul\0')), store.write(create('neighbour'))]);
    expect(bad).toMatchObject({ status: 'rejected', reason: { reason: 'InternalError' } });
    expect(good).toMatchObject({ status: 'fulfilled', value: { ok: true } });
  });

  it('gives revisions in commit order to writers of two replicas, and both hear of all', async () => {
    const url = await postgres.createDatabase();
    const replicas = await Promise.all([open(url), open(url)]);
    const reader = await open(url);
    const seen: Change[] = [];
    let position = await reader.currentRevision();
    let busy = Promise.resolve();
    // A reader that has seen R must never find something at or below R later.
    reader.onRevision(() => {
      busy = busy.then(async () => {
        for (const change of await reader.tail(position, 1000)) {
          expect(change.revision).toBeGreaterThan(position);
          position = change.revision;
          seen.push(change);
        }
      });
    });
    const heard: Revision[][] = [[], []];
    replicas.forEach((store, index) => store.onRevision((revision) => heard[index]?.push(revision)));

    const outcomes = await Promise.all(
      replicas.flatMap((store, replica) =>
        Array.from({ length: 20 }, async (_, writer) => {
          const revisions: Revision[] = [];
          for (let round = 0; round < 15; round += 1) {
            revisions.push(revisionOf(await store.write(create(`r${replica}-w${writer}-${round}`))));
          }
          return revisions;
        }),
      ),
    );
    for (const revisions of outcomes) expect([...revisions].sort((a, b) => a - b)).toEqual(revisions);
    const all = outcomes.flat().sort((a, b) => a - b);
    expect(new Set(all).size).toBe(600);

    const last = await reader.currentRevision();
    await eventually(() => expect(position).toBe(last));
    await busy;
    expect(seen.map((change) => change.revision)).toEqual(all);
    for (const revisions of heard) {
      await eventually(() => expect(revisions.at(-1)).toBe(last));
      expect([...revisions].sort((a, b) => a - b)).toEqual(revisions);
    }
  });

  it('lets exactly one of two replicas win each version', async () => {
    const url = await postgres.createDatabase();
    const [one, two] = await Promise.all([open(url), open(url)]);
    let at = revisionOf(await one.write(create('contended')));
    for (let round = 0; round < 20; round += 1) {
      const outcomes = await Promise.all([one.write(update('contended', at)), two.write(update('contended', at))]);
      const winners = outcomes.filter((outcome) => outcome.ok);
      expect(winners).toHaveLength(1);
      at = revisionOf(winners[0] as WriteOutcome);
      expect(outcomes.find((outcome) => !outcome.ok)).toEqual({ ok: false, reason: 'conflict', revision: at });
    }
  });

  it('answers tail from its own commits and from the log when another replica wrote', async () => {
    const url = await postgres.createDatabase();
    const [one, two] = await Promise.all([open(url), open(url)]);
    const start = await one.currentRevision();
    await Promise.all([one.write(create('a')), one.write(create('b'))]);
    await two.write(create('c'));
    await one.write(update('c', 4));
    const follow = async (store: TruthStore): Promise<string[]> => {
      const found: string[] = [];
      for (let at = start; ;) {
        const changes = await store.tail(at, 2);
        if (changes.length === 0) return found;
        for (const change of changes) found.push(`${change.revision} ${change.type} ${change.name} ${change.uid}`);
        at = changes.at(-1)?.revision ?? at;
      }
    };
    const expected = ['2 ADDED a uid-a', '3 ADDED b uid-b', '4 ADDED c uid-c', '5 MODIFIED c uid-c'];
    expect(await follow(one)).toEqual(expected);
    expect(await follow(two)).toEqual(expected);
    expect((await one.changes(1, 100, 'nothing')).length).toBe(0);
  });

  it('hears of commits when notifications are lost and when the LISTEN connection breaks', async () => {
    const url = await postgres.createDatabase();
    const [writer, listener] = await Promise.all([open(url), open(url, { tickMs: 200 })]);
    const client = new Client({ connectionString: url });
    await client.connect();
    let newest = 0;
    listener.onRevision((revision) => (newest = revision));
    const reaches = (revision: Revision): Promise<void> => eventually(() => expect(newest).toBe(revision));
    // A write that nobody is told of.
    await client.query('SELECT advance_revision(value, 50) FROM current_revision');
    await reaches(50);
    await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE application_name = 'nestor-listener' AND datname = current_database()`);
    await reaches(revisionOf(await writer.write(create('after-the-break'))));
    await client.end();
  });

  it('compacts whole partitions, answers expired behind them, and keeps the states before', async () => {
    const store = await open(await postgres.createDatabase(), { partitions: { width: 10, ahead: 2 } });
    let at = revisionOf(await store.write(create('long-lived')));
    await store.write(create('quiet'));
    const texts = new Map<Revision, string>();
    for (let round = 0; round < 60; round += 1) {
      const revision = revisionOf(await store.write(update('long-lived', at, `state-${round}`)));
      texts.set(revision, `state-${round}`);
      at = revision;
    }
    expect(await store.compactedRevision()).toBe(0);
    // Too young to go.
    expect(await store.compact({ keepRevisions: 15, olderThanMs: 600_000 })).toBe(0);
    const compacted = await store.compact({ keepRevisions: 15, olderThanMs: 0 });
    expect(compacted).toBe(39);
    expect(await store.compactedRevision()).toBe(39);
    for (const after of [0, 20, 38]) {
      await expect(store.changes(after, 10)).rejects.toMatchObject({
        code: 410,
        reason: 'Expired',
        message: `too old resource version: ${after} (39)`,
      });
    }
    const quiet = revisionOf(await store.write(update('quiet', 3)));
    const changes = await store.changes(39, 1000);
    expect(changes.map((change) => change.revision)).toEqual(
      Array.from({ length: quiet - 39 }, (_, index) => 40 + index),
    );
    // The state before the oldest one is compacted, the one before the quiet object's is long gone.
    for (const change of changes.slice(0, -1)) {
      expect(change.previous?.toString()).toBe(body(texts.get(change.revision - 1) as string).toString());
    }
    expect(changes.at(-1)?.previous?.toString()).toBe(body('quiet').toString());
    expect((await store.snapshot('pods')).objects).toHaveLength(2);
    expect(await store.compact({ keepRevisions: 15, olderThanMs: 0 })).toBe(49);
  });

  it('writes on while partitions are made and dropped, however narrow they are', async () => {
    const store = await open(await postgres.createDatabase(), { partitions: { width: 20, ahead: 2 } });
    const writing = Promise.all(
      Array.from({ length: 10 }, async (_, writer) => {
        for (let round = 0; round < 40; round += 1) revisionOf(await store.write(create(`w${writer}-${round}`)));
      }),
    );
    for (let round = 0; round < 5; round += 1) {
      await sleep(20);
      await store.compact({ keepRevisions: 50, olderThanMs: 0 });
    }
    await writing;
    const compacted = await store.compact({ keepRevisions: 50, olderThanMs: 0 });
    const last = await store.currentRevision();
    expect(last).toBe(401);
    const rest = await store.changes(compacted, 1000);
    expect(rest.map((change) => change.revision)).toEqual(
      Array.from({ length: last - compacted }, (_, index) => compacted + 1 + index),
    );
  });

  it('passes a lock to the next holder when its connection breaks', async () => {
    const url = await postgres.createDatabase();
    const [one, two] = await Promise.all([open(url), open(url)]);
    const never = new AbortController();
    const first = await one.acquireLock('relay', never.signal);
    let second: string | undefined;
    const waiting = two.acquireLock('relay', never.signal).then((lock) => {
      second = 'held';
      return lock;
    });
    const other = new AbortController();
    const abandoned = two.acquireLock('relay', other.signal);
    other.abort();
    await expect(abandoned).rejects.toBeDefined();
    await sleep(100);
    expect(second).toBeUndefined();
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(`SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                        WHERE l.locktype = 'advisory' AND l.granted AND a.application_name = 'nestor-lock-relay'
                          AND a.datname = current_database()`);
    await client.end();
    const lock = await waiting;
    if (!first.lost.aborted) await new Promise((resolve) => first.lost.addEventListener('abort', resolve));
    await lock.release();
  });

  it('remembers how far a reader came, never back', async () => {
    const store = await open(await postgres.createDatabase());
    expect(await store.position('relay')).toBe(0);
    await store.savePosition('relay', 7);
    await store.savePosition('relay', 5);
    expect(await store.position('relay')).toBe(7);
  });
});
