import { localPostgres, type LocalPostgres } from '../../test/local-postgres';
import { openTruthStore } from '../postgres-truth-store';
import type { Revision, TruthStore, WriteOperation } from '../truth-store';
import { createDataSource } from './data-source';

const place = (name: string) => ({ resource: 'pods', namespace: 'default', name });
const body = (text: string) => Buffer.from(JSON.stringify({ text }));
const create = (name: string): WriteOperation => ({ type: 'create', ...place(name), uid: name, body: body('new') });

/** Writes `count` states of an object. */
async function edit(store: TruthStore, name: string, from: Revision, count: number): Promise<Revision> {
  let expected = from;
  for (let round = 1; round <= count; round++) {
    const done = await store.write({ type: 'update', ...place(name), expected, body: body(`state ${round}`) });
    if (!done.ok) throw new Error(done.reason);
    expected = done.revision;
  }
  return expected;
}

describe('migrations', () => {
  let postgres: LocalPostgres;
  beforeAll(async () => {
    postgres = await localPostgres();
  });
  afterAll(() => postgres.remove());

  it('take a database of each earlier version on, with its objects, history and revisions', async () => {
    const url = await postgres.createDatabase();
    let store = await openTruthStore({ url });
    const made = await store.write(create('kept'));
    let at = await edit(store, 'kept', made.ok ? made.revision : 0, 100);
    for (let undone = 1; undone <= 3; undone++) {
      await store.close();
      const source = await createDataSource(url).initialize();
      for (let step = 0; step < undone; step++) await source.undoLastMigration();
      await source.destroy();

      store = await openTruthStore({ url });
      expect(await store.currentRevision()).toBe(at);
      expect(await store.write(create('kept'))).toEqual({ ok: false, reason: 'exists', revision: at });
      at = await edit(store, 'kept', at, 100);
    }
    expect(
      (await store.snapshot('pods')).objects.map(({ name, revision, body: text }) => [name, revision, String(text)]),
    ).toEqual([['kept', at, '{"text":"state 100"}']]);
    const changes = await store.changes(1, 1000);
    expect(changes.map(({ revision }) => revision)).toEqual(Array.from({ length: 401 }, (_, index) => index + 2));
    await store.close();
  });

  it('keep names their own through deletions and many edits', async () => {
    const store = await openTruthStore({ url: await postgres.createDatabase() });
    let at = 0;
    for (let life = 0; life < 3; life++) {
      const made = await store.write(create('again'));
      expect(made).toMatchObject({ ok: true });
      expect(await store.write(create('again'))).toMatchObject({ ok: false, reason: 'exists' });
      at = await edit(store, 'again', made.ok ? made.revision : 0, 130);
      const stale = await store.write({ type: 'update', ...place('again'), expected: at - 1, body: body('stale') });
      expect(stale).toEqual({ ok: false, reason: 'conflict', revision: at });
      expect((await store.snapshot('pods')).objects).toHaveLength(1);
      const gone = { type: 'delete', ...place('again'), expected: at, body: body('gone') } as const;
      expect(await store.write(gone)).toMatchObject({ ok: true });
      expect(await store.write(gone)).toEqual({ ok: false, reason: 'notFound' });
      expect((await store.snapshot('pods')).objects).toEqual([]);
    }
    await store.close();
  });
});
