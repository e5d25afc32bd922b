import fc from 'fast-check';
import { deploymentSchema } from '../../test/deployment-schema';
import { applyStrategicMergePatch } from './strategic-merge-patch';

const podSpec = deploymentSchema.properties!.spec!.properties!.template!.properties!.spec!;
const metadata = deploymentSchema.properties!.metadata!;
const strategyOwner = deploymentSchema.properties!.spec!;
const named = (...names: string[]) => names.map((name) => ({ name }));

describe('applyStrategicMergePatch', () => {
  test.each([
    [
      'merges list items by their merge key and puts a new one where the patch says',
      podSpec,
      {
        containers: [
          { name: 'a', image: 'a:1' },
          { name: 'b', image: 'b:1' },
        ],
      },
      {
        containers: [
          { name: 'b', image: 'b:2' },
          { name: 'c', image: 'c:1' },
        ],
      },
      {
        containers: [
          { name: 'a', image: 'a:1' },
          { name: 'b', image: 'b:2' },
          { name: 'c', image: 'c:1' },
        ],
      },
    ],
    [
      'deletes a list item',
      podSpec,
      { containers: named('a', 'b') },
      { containers: [{ name: 'a', $patch: 'delete' }] },
      { containers: named('b') },
    ],
    [
      'replaces a list',
      podSpec,
      { containers: [{ name: 'a', image: 'x' }] },
      { containers: [{ name: 'b' }, { $patch: 'replace' }] },
      { containers: named('b') },
    ],
    [
      'replaces a map',
      strategyOwner,
      { strategy: { type: 'A', rollingUpdate: {} } },
      { strategy: { $patch: 'replace', type: 'B' } },
      { strategy: { type: 'B' } },
    ],
    [
      'empties a map',
      podSpec,
      { securityContext: { runAsUser: 1 } },
      { securityContext: { $patch: 'delete' } },
      { securityContext: {} },
    ],
    [
      'keeps only retained keys',
      strategyOwner,
      { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
      { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
      { strategy: { type: 'Recreate' } },
    ],
    [
      'turns a volume from one source to another',
      podSpec,
      { volumes: [{ name: 'v', emptyDir: {} }] },
      { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] },
      { volumes: [{ name: 'v', hostPath: { path: '/x' } }] },
    ],
    [
      'merges a list of scalars as a set',
      metadata,
      { finalizers: ['a', 'b'] },
      { finalizers: ['b', 'c'] },
      { finalizers: ['a', 'b', 'c'] },
    ],
    [
      'deletes scalars',
      metadata,
      { finalizers: ['a', 'b', 'c'] },
      { '$deleteFromPrimitiveList/finalizers': ['b'] },
      { finalizers: ['a', 'c'] },
    ],
    [
      'orders by $setElementOrder',
      podSpec,
      { containers: named('a', 'b', 'c') },
      { '$setElementOrder/containers': named('c', 'a') },
      { containers: named('b', 'c', 'a') },
    ],
    [
      'adds in the middle by $setElementOrder',
      podSpec,
      { containers: named('a', 'server', 'b') },
      { '$setElementOrder/containers': named('a', 'new', 'b'), containers: named('new') },
      { containers: named('a', 'new', 'server', 'b') },
    ],
    [
      'replaces a list that does not merge',
      podSpec.properties!.containers!.items!,
      { args: ['a', 'b'] },
      { args: ['c'] },
      { args: ['c'] },
    ],
    [
      'removes by null',
      podSpec,
      { restartPolicy: 'Always', containers: [] },
      { restartPolicy: null },
      { containers: [] },
    ],
    [
      'drops directives and nulls of what is new',
      podSpec,
      {},
      { containers: [{ name: 'a', image: null }], volumes: [{ name: 'v', $retainKeys: ['name'] }] },
      { containers: named('a'), volumes: named('v') },
    ],
  ])('%s', (_, schema, doc, patch, expected) => {
    const copy = structuredClone(doc);
    expect(applyStrategicMergePatch<object>(schema, doc, patch)).toEqual(expected);
    expect(doc).toEqual(copy);
  });

  test.each([
    [
      'an item without merge key',
      { containers: [{ image: 'x' }] },
      500,
      'map: {"image":"x"} does not contain declared merge key: name',
    ],
    ['a retainKeys that is no list', { $retainKeys: 'x' }, 400, 'invalid patch format of retainKeys'],
    ['a field that is not retained', { $retainKeys: ['a'], b: 1 }, 400, 'invalid patch format of retainKeys'],
    ['an unknown $patch', { $patch: 'frob' }, 422, 'the server rejected our request due to an error in our request'],
    ['a list of lists', { containers: [[]] }, 422, 'the server rejected our request due to an error in our request'],
  ])('refuses %s', (_, patch, code, message) => {
    const run = () => applyStrategicMergePatch(podSpec, { containers: named('a') }, patch);
    expect(run).toThrow(expect.objectContaining({ status: expect.objectContaining({ code, message }) }));
  });

  test('is idempotent and adds each item once', () => {
    const list = fc.uniqueArray(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), image: fc.string() }), {
      selector: (item) => item.name,
    });
    fc.assert(
      fc.property(list, list, (live, patch) => {
        const once = applyStrategicMergePatch(podSpec, { containers: live }, { containers: patch });
        const twice = applyStrategicMergePatch(podSpec, once, { containers: patch });
        const names = once.containers.map((item) => item.name);
        expect(twice).toEqual(once);
        expect(new Set(names)).toEqual(new Set([...live, ...patch].map((item) => item.name)));
        expect(names.length).toBe(new Set(names).size);
      }),
    );
  });
});
