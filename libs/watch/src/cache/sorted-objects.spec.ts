import fc from 'fast-check';
import type { CachedObject } from './cache-contract';
import { objectKey, SortedObjects } from './sorted-objects';

const object = (namespace: string, name: string, revision: number): CachedObject =>
  ({ namespace, name, revision, labels: { third: String(revision % 3) } }) as unknown as CachedObject;
const contents = (objects: SortedObjects, from = ''): string[] =>
  [...objects.startingAt(from)].map((entry) => `${objectKey(entry.namespace, entry.name)}@${entry.revision}`);

describe('sorted objects', () => {
  it('is a sorted map of which every version stays as it was', () => {
    const step = fc.record({ name: fc.integer({ min: 0, max: 400 }), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 1500 }), fc.integer({ min: 0, max: 400 }), (steps, from) => {
        const model = new Map<string, number>();
        let objects = SortedObjects.empty;
        const versions: [SortedObjects, string[]][] = [];
        steps.forEach(({ name, remove }, revision) => {
          const key = objectKey('ns', `p${name}`);
          objects = remove ? objects.without(key) : objects.with(key, object('ns', `p${name}`, revision));
          if (remove) model.delete(key);
          else model.set(key, revision);
          if (revision % 200 === 0) versions.push([objects, sorted(model)]);
        });
        versions.push([objects, sorted(model)]);
        for (const [version, expected] of versions) {
          expect(contents(version)).toEqual(expected);
          expect(version.size).toBe(expected.length);
        }
        const start = objectKey('ns', `p${from}`);
        expect(contents(objects, start)).toEqual(sorted(model).filter((entry) => entry.split('@')[0]! >= start));
        expect(objects.rank(start)).toBe(sorted(model).filter((entry) => entry.split('@')[0]! < start).length);
        for (const [version] of versions) {
          const labelled = [...version.startingAt(start, { key: 'third', value: '1' })];
          expect(labelled).toEqual([...version.startingAt(start)].filter(({ labels }) => labels['third'] === '1'));
        }
        for (const [key, revision] of model) expect(objects.get(key)?.revision).toBe(revision);
        expect(objects.get('ns/none')).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  it('orders as etcd orders its keys: a-b/x comes before a/x', () => {
    const all = SortedObjects.from([object('a', 'x', 1), object('a-b', 'x', 2), object('', 'cluster', 3)]);
    expect(contents(all)).toEqual(['a-b/x@2', 'a/x@1', 'cluster@3']);
  });
});

const sorted = (model: Map<string, number>): string[] =>
  [...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, revision]) => `${key}@${revision}`);
