import { startTestPostgres, type TestDatabase } from '@nestor/testing';
import { openTruthStore } from '../postgres-truth-store';
import type { StoredObject, TruthStore } from '../truth-store';
import { restoreObjects } from './restore-objects';

describe('a backup of the store', () => {
  const databases: TestDatabase[] = [];
  const stores: TruthStore[] = [];
  const open = async (url: string) => {
    const store = await openTruthStore({ url });
    stores.push(store);
    return store;
  };
  const database = async () => {
    const made = await startTestPostgres();
    databases.push(made);
    return made.url;
  };
  afterAll(async () => {
    for (const store of stores) await store.close();
    for (const made of databases) await made.stop();
  });

  const place = (name: string) => ({ resource: 'configmaps', namespace: 'default', name });
  const body = (value: number) =>
    Buffer.from(`{"kind":"ConfigMap","metadata":{},"value":${value},"filler":"ä\\u0000"}`);
  async function* pages(objects: StoredObject[]) {
    yield objects;
    await Promise.resolve();
  }

  it('is of one revision while writers write, and goes into another database to the byte', async () => {
    const store = await open(await database());
    // `second` follows `first`: no moment has it ahead, nor behind by more than one.
    const at = { first: 0, second: 0 };
    for (const name of ['first', 'second'] as const) {
      const made = await store.write({ type: 'create', ...place(name), uid: name, body: body(0) });
      at[name] = made.ok ? made.revision : 0;
    }
    await Promise.all(
      Array.from({ length: 3000 }, (_, n) =>
        store.write({ type: 'create', ...place(`more-${n}`), uid: `${n}`, body: body(n) }),
      ),
    );
    let over = false;
    const writer = (async () => {
      for (let value = 1; !over; value++) {
        for (const name of ['first', 'second'] as const) {
          const done = await store.write({ type: 'update', ...place(name), expected: at[name], body: body(value) });
          if (done.ok) at[name] = done.revision;
        }
      }
    })();
    const objects: StoredObject[] = [];
    const revisions = new Set<number>();
    for await (const page of store.everything()) {
      revisions.add(page.revision);
      objects.push(...page.objects);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    over = true;
    await writer;
    expect(revisions.size).toBe(1);
    expect(objects).toHaveLength(3002);
    const valueOf = (name: string) =>
      Number(/"value":(\d+)/.exec(objects.find((object) => object.name === name)!.body.toString())![1]);
    expect([0, 1]).toContain(valueOf('first') - valueOf('second'));

    const [revision] = [...revisions];
    const url = await database();
    const restored = await restoreObjects({ url, revision: revision!, objects: pages(objects), replace: false });
    expect(restored.objects).toBe(3002);
    const copy = await open(url);
    const again = await copy.snapshot('configmaps');
    expect(again).toEqual({ revision: restored.revision, objects });
    await expect(copy.changes(revision!, 10)).rejects.toMatchObject({ status: { code: 410 } });
    const first = again.objects.find(({ name }) => name === 'first')!;
    const next = await copy.write({ type: 'update', ...place('first'), expected: first.revision, body: body(1) });
    expect(next).toMatchObject({ ok: true, revision: restored.revision + 1 });
    expect((await copy.changes(restored.revision, 10))[0]?.previous).toEqual(first.body);
  });

  it('does not touch what an API server uses, nor what is there, and leaves nothing of a failure', async () => {
    const url = await database();
    const object: StoredObject = { ...place('a'), uid: 'u', revision: 5, body: body(1) };
    const restore = (objects: AsyncIterable<StoredObject[]>, replace = false) =>
      restoreObjects({ url, revision: 7, objects, replace });
    async function* broken() {
      yield [object];
      await Promise.resolve();
      throw new Error('the file ends here');
    }
    await expect(restore(broken())).rejects.toThrow('the file ends here');
    await restore(pages([object]));
    await expect(restore(pages([object]))).rejects.toThrow('holds objects already');
    await restore(pages([object, { ...object, name: 'b' }]), true);
    const store = await open(url);
    expect((await store.snapshot('configmaps')).objects).toHaveLength(2);
    await store.ping();
    await expect(restore(pages([]), true)).rejects.toThrow('an API server is connected');
  });
});
