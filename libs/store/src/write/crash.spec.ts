import { Client } from 'pg';
import { localPostgres, type LocalPostgres } from '../../test/local-postgres';
import { openTruthStore } from '../postgres-truth-store';
import type { TruthStore, WriteOperation } from '../truth-store';

jest.setTimeout(120_000);

const create = (name: string): WriteOperation => ({
  type: 'create',
  resource: 'pods',
  namespace: '',
  name,
  uid: name,
  body: Buffer.from('{}'),
});
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('writes while Postgres dies', () => {
  let postgres: LocalPostgres;
  let store: TruthStore | undefined;
  beforeAll(async () => {
    postgres = await localPostgres();
  });
  afterEach(() => store?.close());
  afterAll(() => postgres.remove());

  /** Writes from many clients until stopped; keeps what each was told. */
  const writers = (target: TruthStore) => {
    const done: string[] = [];
    const failed: { name: string; reason: string }[] = [];
    let running = true;
    const finished = Promise.all(
      Array.from({ length: 16 }, async (_, writer) => {
        for (let round = 0; running; round += 1) {
          const name = `w${writer}-${round}`;
          try {
            const outcome = await target.write(create(name));
            // Every name is new: "exists" would mean that a retry repeated a commit.
            expect(outcome.ok).toBe(true);
            done.push(name);
          } catch (error) {
            failed.push({ name, reason: (error as { reason: string }).reason });
          }
        }
      }),
    );
    return {
      done,
      failed,
      stop: async () => {
        running = false;
        await finished;
      },
    };
  };

  it('loses no acknowledged write to kill -9, repeats none, and carries on', async () => {
    store = await openTruthStore({ url: await postgres.createDatabase() });
    const load = writers(store);
    for (let round = 0; round < 3; round += 1) {
      const before = load.done.length;
      while (load.done.length < before + 200) await sleep(10);
      await postgres.kill();
      await postgres.start();
    }
    const before = load.done.length;
    while (load.done.length < before + 100) await sleep(10);
    await load.stop();

    const stored = new Set((await store.snapshot('pods')).objects.map((object) => object.name));
    expect(load.done.filter((name) => !stored.has(name))).toEqual([]);
    // With the server back within their patience, nobody is told of a failure at all.
    expect(load.failed).toEqual([]);
    expect(stored.size).toBe(load.done.length);
    const changes = await store.changes(1, 100_000);
    expect(changes.map((change) => change.name).sort()).toEqual([...stored].sort());
  });

  it('resolves a commit whose answer was lost', async () => {
    const url = await postgres.createDatabase();
    store = await openTruthStore({ url });
    const load = writers(store);
    const client = new Client({ connectionString: url });
    await client.connect();
    for (let round = 0; round < 25; round += 1) {
      await sleep(15);
      await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                          WHERE application_name = 'nestor-writer' AND datname = current_database()`);
    }
    await client.end();
    await load.stop();
    const stored = (await store.snapshot('pods')).objects.map((object) => object.name);
    expect(load.failed).toEqual([]);
    expect(stored.sort()).toEqual(load.done.sort());
  });

  it('says unavailable, truthfully, when Postgres stays away', async () => {
    store = await openTruthStore({ url: await postgres.createDatabase(), groupCommit: { patienceMs: 400 } });
    await store.write(create('before'));
    await postgres.kill();
    const answers = await Promise.allSettled([store.write(create('one')), store.write(create('two')), store.ping()]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 'rejected' });
      expect(['ServiceUnavailable', 'Timeout']).toContain((answer as { reason: { reason: string } }).reason.reason);
    }
    await expect(store.currentRevision()).rejects.toMatchObject({ reason: 'ServiceUnavailable', code: 503 });
    await postgres.start();
    await expect(store.write(create('after'))).resolves.toMatchObject({ ok: true });
    await store.ping();
    expect((await store.snapshot('pods')).objects.map((object) => object.name)).toEqual(['after', 'before']);
  });
});
