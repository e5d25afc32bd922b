import type { TruthStore } from '@nestor/store';
import fc from 'fast-check';
import { ObjectWriter, sleep, StoreFixture, until } from '../../test/store-fixture';
import type { CachedObject, CachedResource, Matcher, WatchEvent, WatchSink } from './cache-contract';
import { WatchCache, type WatchCacheOptions } from './watch-cache';

jest.setTimeout(120_000);

const pods: CachedResource = {
  kind: 'Pod',
  apiVersion: 'v1',
  index: (object) => ({
    labels: { ...object.metadata.labels },
    fields: { 'metadata.name': object.metadata.name ?? '' },
  }),
};
const color =
  (wanted: string): Matcher =>
  (object) =>
    object.labels.color === wanted;

class Recorder implements WatchSink {
  readonly events: WatchEvent[] = [];
  ended = false;
  error: unknown;
  /** Events it takes before it says that it is full. */
  room = Infinity;
  write(event: WatchEvent): boolean {
    this.events.push(event);
    this.room -= 1;
    return this.room > 0;
  }
  end(error?: unknown): void {
    this.ended = true;
    this.error = error;
  }
  told(): string[] {
    return this.events.map((event) =>
      event.type === 'BOOKMARK'
        ? `BOOKMARK${event.initialEventsEnd ? ' end' : ''}`
        : `${event.type} ${describeObject(event.object)}`,
    );
  }
}
const describeObject = (object: CachedObject): string =>
  `${object.namespace}/${object.name} ${object.labels.color}@${object.revision}`;

describe('the watch cache on the truth store', () => {
  const fixture = new StoreFixture();
  const caches: WatchCache[] = [];
  const start = async (source: TruthStore, options: Partial<WatchCacheOptions> = {}): Promise<WatchCache> => {
    const cache = new WatchCache({ source, describe: () => pods, ...options });
    caches.push(cache);
    await cache.start();
    return cache;
  };
  beforeAll(() => fixture.start());
  afterEach(async () => {
    for (const cache of caches.splice(0)) cache.stop();
    await fixture.closeStores();
  });
  afterAll(() => fixture.stop());

  it('serves bytes with the revision, lists in key order, pages of one snapshot', async () => {
    const store = await fixture.open(await fixture.database());
    const writer = new ObjectWriter(store);
    for (const name of ['c', 'a', 'b']) await writer.put('default', name, 'red');
    await writer.put('a-space', 'z', 'blue');
    const cache = await start(store);
    const resource = cache.resource('pods');
    await resource.ready();
    expect(JSON.parse(resource.get('default', 'a')?.bytes.toString() ?? '')).toEqual({
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: { resourceVersion: '3', name: 'a', namespace: 'default', labels: { color: 'red' } },
    });
    expect(resource.get('default', 'a')?.uid).toBe('uid-default-a');
    expect(resource.get('default', 'none')).toBeUndefined();
    const names = (items: CachedObject[]): string[] => items.map(describeObject);
    expect(names(resource.list().items)).toEqual([
      'a-space/z blue@5',
      'default/a red@3',
      'default/b red@4',
      'default/c red@2',
    ]);
    expect(names(resource.list({ matches: color('blue') }).items)).toEqual(['a-space/z blue@5']);

    const first = resource.list({ namespace: 'default', limit: 2 });
    expect(first).toMatchObject({ revision: 5, more: true, remaining: 1 });
    await writer.put('default', 'd', 'red');
    const removed = await writer.remove('default', 'c', 'red');
    await resource.waitFor(removed);
    expect(names(resource.list({ namespace: 'default' }).items)).toEqual([
      'default/a red@3',
      'default/b red@4',
      'default/d red@6',
    ]);
    const rest = (await resource.viewAt(first.revision)).list({
      namespace: 'default',
      limit: 2,
      after: { namespace: 'default', name: 'b' },
    });
    expect(names(rest.items)).toEqual(['default/c red@2']);
    expect(rest).toMatchObject({ revision: 5, more: false });
    // Not asked for as a page before: rebuilt from the recent events.
    expect(names((await resource.viewAt(6)).list({ namespace: 'default' }).items)).toHaveLength(4);
    // From before this cache began: rebuilt from the change log.
    expect(names((await resource.viewAt(2)).list().items)).toEqual(['default/c red@2']);
    await expect(resource.viewAt(8)).rejects.toMatchObject({ reason: 'Timeout' });
  });

  it('waits for a revision, and says too large when it does not come', async () => {
    const url = await fixture.database();
    const [store, other] = await Promise.all([fixture.open(url), fixture.open(url)]);
    const cache = await start(store);
    const resource = cache.resource('pods');
    const revision = await new ObjectWriter(other).put('default', 'a', 'red');
    await resource.waitFor(revision);
    expect(resource.get('default', 'a')?.revision).toBe(revision);
    await expect(resource.waitFor(revision + 1, 50)).rejects.toMatchObject({
      reason: 'Timeout',
      message: `Timeout: Too large resource version: ${revision + 1}, current: ${revision}`,
      status: { details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
    });
    // A write to another resource moves every cache on.
    const elsewhere = await new ObjectWriter(other, 'configmaps').put('default', 'x', 'red');
    await resource.waitFor(elsewhere);
  });

  it('tells each watcher exactly what concerns it, live or resumed, whoever wrote', async () => {
    const action = fc.record({
      namespace: fc.constantFrom('one', 'two'),
      name: fc.constantFrom('a', 'b', 'c'),
      color: fc.constantFrom('red', 'blue'),
      remove: fc.boolean(),
      replica: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 40 }), fc.nat(), async (actions, seed) => {
        const url = await fixture.database();
        const [store, other] = await Promise.all([fixture.open(url), fixture.open(url)]);
        // A short history, so that resumes come from the change log, too.
        const cache = await start(store, { history: { maxEvents: 6 } });
        const resource = cache.resource('pods');
        await resource.ready();
        const writer = new ObjectWriter(store);
        const state = new Map<string, { color: string }>();
        const log: { revision: number; key: string; before?: string; after?: string; last: string }[] = [];
        const watches: { recorder: Recorder; from: number; namespace: string; wanted: string }[] = [];
        const begin = async (after: number, index: number): Promise<void> => {
          const recorder = new Recorder();
          const namespace = index % 3 === 0 ? '' : 'one';
          const wanted = index % 2 === 0 ? 'red' : '';
          watches.push({ recorder, from: after, namespace, wanted });
          await resource.watch({ after, namespace, ...(wanted ? { matches: color(wanted) } : {}) }, recorder);
        };
        for (let index = 0; index < 4; index += 1) await begin(resource.revision, index);

        for (const [index, step] of actions.entries()) {
          const key = `${step.namespace}/${step.name}`;
          const before = state.get(key)?.color;
          const by = step.replica ? store : other;
          if (step.remove && before) {
            const revision = await writer.remove(step.namespace, step.name, before, by);
            state.delete(key);
            log.push({ revision, key, before, last: before });
          } else {
            const revision = await writer.put(step.namespace, step.name, step.color, {}, by);
            state.set(key, step);
            log.push({ revision, key, ...(before ? { before } : {}), after: step.color, last: step.color });
          }
          if (index % 7 === seed % 7) await begin(log[(index * 31 + seed) % log.length]?.revision ?? 1, index);
        }
        const last = await store.currentRevision();
        await resource.waitFor(last);

        expect(
          resource.list().items.map((object) => `${object.namespace}/${object.name} ${object.labels.color}`),
        ).toEqual([...state].map(([key, value]) => `${key} ${value.color}`).sort());
        for (const { recorder, from, namespace, wanted } of watches) {
          const expected = log.flatMap(({ revision, key, before, after, last: final }) => {
            if (revision <= from || (namespace && !key.startsWith(`${namespace}/`))) return [];
            const was = before !== undefined && (!wanted || before === wanted);
            const is = after !== undefined && (!wanted || after === wanted);
            if (!was && !is) return [];
            const type = is ? (was ? 'MODIFIED' : 'ADDED') : 'DELETED';
            return [`${type} ${key} ${is ? after : after === undefined ? final : before}@${revision}`];
          });
          expect(recorder.told()).toEqual(expected);
          for (const event of recorder.events) {
            const line = event.bytes.toString();
            expect(line.endsWith('}\n')).toBe(true);
            expect(
              (JSON.parse(line) as { object: { metadata: { resourceVersion: string } } }).object.metadata
                .resourceVersion,
            ).toBe(String(event.revision));
          }
        }
        cache.stop();
        await fixture.closeStores();
      }),
      { numRuns: 12 },
    );
  });

  it('starts a watch with the state, and ends the initial events with a bookmark', async () => {
    const store = await fixture.open(await fixture.database());
    const writer = new ObjectWriter(store);
    await writer.put('default', 'a', 'red');
    await writer.put('default', 'b', 'blue');
    const cache = await start(store, { bookmarkMs: 1 });
    const resource = cache.resource('pods');
    const plain = new Recorder();
    const list = new Recorder();
    const watch = await resource.watch({}, plain);
    await resource.watch({ sendInitialEvents: true, allowBookmarks: true, matches: color('red') }, list);
    expect(plain.told()).toEqual(['ADDED default/a red@2', 'ADDED default/b blue@3']);
    expect(list.told()).toEqual(['ADDED default/a red@2', 'BOOKMARK end']);
    expect(list.events[1]).toMatchObject({ revision: 3 });
    await until(() => list.told().includes('BOOKMARK'));
    watch.bookmark();
    expect(plain.told().at(-1)).toBe('BOOKMARK');
    watch.stop();
    await resource.waitFor(await writer.put('default', 'c', 'red'));
    expect(plain.told()).toHaveLength(3);
    expect(list.told().filter((told) => told !== 'BOOKMARK')).toEqual([
      'ADDED default/a red@2',
      'BOOKMARK end',
      'ADDED default/c red@4',
    ]);
  });

  it('shares the line of an event among watchers', async () => {
    const store = await fixture.open(await fixture.database());
    const cache = await start(store);
    const resource = cache.resource('pods');
    const lines: Buffer[] = [];
    const sink: WatchSink = { write: (event) => lines.push(event.bytes) > 0, end: () => undefined };
    await resource.watch({}, sink);
    await resource.watch({}, sink);
    await resource.waitFor(await new ObjectWriter(store).put('default', 'a', 'red'));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toBe(lines[1]);
  });

  it('queues for a slow reader in order, and ends one that stays slow', async () => {
    const store = await fixture.open(await fixture.database());
    const writer = new ObjectWriter(store);
    const cache = await start(store, { queue: { maxEvents: 5 } });
    const resource = cache.resource('pods');
    const slow = new Recorder();
    slow.room = 1;
    const watch = await resource.watch({}, slow);
    for (const name of ['a', 'b', 'c']) await resource.waitFor(await writer.put('default', name, 'red'));
    expect(slow.told()).toHaveLength(1);
    slow.room = 10;
    watch.drained();
    expect(slow.told()).toEqual(['ADDED default/a red@2', 'ADDED default/b red@3', 'ADDED default/c red@4']);
    slow.room = 1;
    for (let index = 0; index < 7; index += 1) await resource.waitFor(await writer.put('default', `n${index}`, 'red'));
    expect(slow.ended).toBe(true);
    expect(slow.error).toBeUndefined();
    expect(slow.told()).toHaveLength(4);
  });

  it('refuses to resume from behind the compaction', async () => {
    const store = await fixture.open(await fixture.database(), { partitions: { width: 10 } });
    const writer = new ObjectWriter(store);
    for (let index = 0; index < 30; index += 1) await writer.put('default', 'a', `c${index}`);
    expect(await store.compact({ keepRevisions: 5, olderThanMs: 0 })).toBe(19);
    const cache = await start(store);
    const resource = cache.resource('pods');
    await expect(resource.watch({ after: 10 }, new Recorder())).rejects.toMatchObject({ reason: 'Expired', code: 410 });
    const resumed = new Recorder();
    await resource.watch({ after: 19, matches: color('c20') }, resumed);
    expect(resumed.told()).toEqual(['ADDED default/a c20@22', 'DELETED default/a c20@23']);
  });

  it('answers nothing from behind the compaction, though it remembers it', async () => {
    const store = await fixture.open(await fixture.database(), { partitions: { width: 10 } });
    const writer = new ObjectWriter(store);
    const cache = await start(store);
    const resource = cache.resource('pods');
    await resource.ready();
    for (let index = 0; index < 30; index += 1) await resource.waitFor(await writer.put('default', 'a', `c${index}`));
    await resource.watch({ after: 10 }, new Recorder());
    const page = await resource.viewAt(15);
    expect(page.list().items.map(describeObject)).toEqual(['default/a c13@15']);

    cache.compacted(await store.compact({ keepRevisions: 5, olderThanMs: 0 }));
    await expect(resource.watch({ after: 18 }, new Recorder())).rejects.toMatchObject({
      code: 410,
      reason: 'Expired',
      message: 'too old resource version: 18 (19)',
    });
    await expect(resource.viewAt(15)).rejects.toMatchObject({
      code: 410,
      message: 'The resourceVersion for the provided list is too old.',
    });
    expect((await resource.viewAt(19)).list().items.map(describeObject)).toEqual(['default/a c17@19']);
    const resumed = new Recorder();
    await resource.watch({ after: 19 }, resumed);
    expect(resumed.told()).toHaveLength(12);
  });

  it('ends watches with expired and starts over when it slept through a compaction', async () => {
    const url = await fixture.database();
    const [store, other] = await Promise.all([
      fixture.open(url, { partitions: { width: 10 } }),
      fixture.open(url, { partitions: { width: 10 } }),
    ]);
    // A source whose revisions are not heard of while it sleeps.
    let asleep = false;
    const listeners: ((revision: number) => void)[] = [];
    store.onRevision((revision) => {
      if (!asleep) for (const listener of listeners) listener(revision);
    });
    const source = {
      currentRevision: () => store.currentRevision(),
      snapshots: (keys: string[]) => store.snapshots(keys),
      changes: (after: number, limit: number, key?: string) => store.changes(after, limit, key),
      tail: (after: number, limit: number) => store.tail(after, limit),
      onRevision: (listener: (revision: number) => void) => {
        listeners.push(listener);
        return () => undefined;
      },
    };
    const cache = await start(source as TruthStore);
    const resource = cache.resource('pods');
    const recorder = new Recorder();
    await resource.watch({}, recorder);
    asleep = true;
    const writer = new ObjectWriter(other);
    let last = 0;
    for (let index = 0; index < 40; index += 1) last = await writer.put('default', 'a', `c${index}`);
    await other.compact({ keepRevisions: 5, olderThanMs: 0 });
    asleep = false;
    for (const listener of listeners) listener(last);
    await until(() => recorder.ended);
    expect(recorder.error).toMatchObject({ reason: 'Expired' });
    expect(recorder.told()).toEqual([]);
    await resource.waitFor(last);
    expect(resource.get('default', 'a')?.revision).toBe(last);
  });

  it('reaches what the log was read up to while the snapshot was read, though nothing more is written', async () => {
    const store = await fixture.open(await fixture.database());
    const cache: WatchCache = await start({
      currentRevision: () => store.currentRevision(),
      async *snapshots(keys: string[]) {
        yield* store.snapshots(keys);
        // Of another resource, as far as the one that is being read goes.
        const written = await new ObjectWriter(store, 'secrets').put('default', 'a', 'c');
        await until(() => cache.revision >= written);
      },
      tail: (after: number, limit: number) => store.tail(after, limit),
      onRevision: (listener: (revision: number) => void) => store.onRevision(listener),
    } as unknown as TruthStore);
    const resource = cache.resource('pods');
    await resource.ready();
    await expect(resource.waitFor(await store.currentRevision())).resolves.toBeUndefined();
  });

  it('misses nothing that is written while the first snapshot is read', async () => {
    const store = await fixture.open(await fixture.database());
    const cache = await start(store);
    const writing = Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const writer = new ObjectWriter(store);
        for (let round = 0; round < 40; round += 1) await writer.put(`ns${index}`, `p${round % 10}`, `c${round}`);
      }),
    );
    for (let index = 0; index < 10; index += 1) {
      await sleep(5);
      cache.drop('pods');
      await cache.resource('pods').ready();
    }
    await writing;
    const resource = cache.resource('pods');
    await resource.waitFor(await store.currentRevision());
    const { objects } = await store.snapshot('pods');
    expect(resource.list().items.map((object) => [object.namespace, object.name, object.revision])).toEqual(
      objects.map((object) => [object.namespace, object.name, object.revision]),
    );
  });
});
