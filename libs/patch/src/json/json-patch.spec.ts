import { reasonOf } from '@nestor/api';
import fc from 'fast-check';
import { applyJsonPatch } from './json-patch';

const doc = () => ({ a: { b: [1, 2, 3], 'c/d': 'x', 'e~f': 'y' }, n: null });

describe('applyJsonPatch', () => {
  test.each([
    ['adds a key', [{ op: 'add', path: '/z', value: 1 }], { ...doc(), z: 1 }],
    [
      'inserts into a list',
      [{ op: 'add', path: '/a/b/1', value: 9 }],
      { ...doc(), a: { ...doc().a, b: [1, 9, 2, 3] } },
    ],
    ['appends', [{ op: 'add', path: '/a/b/-', value: 9 }], { ...doc(), a: { ...doc().a, b: [1, 2, 3, 9] } }],
    ['removes', [{ op: 'remove', path: '/a/b/0' }], { ...doc(), a: { ...doc().a, b: [2, 3] } }],
    ['removes from the end', [{ op: 'remove', path: '/a/b/-1' }], { ...doc(), a: { ...doc().a, b: [1, 2] } }],
    [
      'replaces an escaped key',
      [{ op: 'replace', path: '/a/c~1d', value: 1 }],
      { ...doc(), a: { ...doc().a, 'c/d': 1 } },
    ],
    ['moves', [{ op: 'move', from: '/a/e~0f', path: '/m' }], { a: { b: [1, 2, 3], 'c/d': 'x' }, n: null, m: 'y' }],
    ['copies', [{ op: 'copy', from: '/a/b', path: '/m' }], { ...doc(), m: [1, 2, 3] }],
    ['tests', [{ op: 'test', path: '/a/b', value: [1, 2, 3] }], doc()],
    ['tests for null where there is nothing', [{ op: 'test', path: '/missing', value: null }], doc()],
  ])('%s', (_, patch, expected) => {
    const before = doc();
    expect(applyJsonPatch(before, patch)).toEqual(expected);
    expect(before).toEqual(doc());
  });

  test.each([
    ['a failed test', [{ op: 'test', path: '/a/b/0', value: 2 }]],
    ['a missing path', [{ op: 'remove', path: '/a/x' }]],
    ['an index past the end', [{ op: 'add', path: '/a/b/4', value: 1 }]],
    ['a replace of nothing', [{ op: 'replace', path: '/zz', value: 1 }]],
    ['an unknown operation', [{ op: 'frob', path: '/a' }]],
    ['a path through a prototype', [{ op: 'add', path: '/__proto__/polluted', value: 1 }]],
    ['a pointer without a slash', [{ op: 'add', path: 'a', value: 1 }]],
  ])('answers 422 to %s', (_, patch) => {
    expect(catchError(() => applyJsonPatch(doc(), patch))).toMatchObject({
      status: {
        code: 422,
        reason: 'Invalid',
        message: 'the server rejected our request due to an error in our request',
      },
    });
  });

  test('answers 400 to what is no list of operations, 413 to too many', () => {
    const noList = catchError(() => applyJsonPatch(doc(), { op: 'add' }));
    expect(noList).toMatchObject({
      status: { code: 400, message: 'json: cannot unmarshal object into Go value of type jsonpatch.Patch' },
    });
    const many = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/a' }));
    expect(reasonOf(catchError(() => applyJsonPatch(doc(), many)))).toBe('RequestEntityTooLarge');
  });

  test('an add then its remove is the document again, for any document', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(object, fc.jsonValue(), (before, value) => {
        const key = 'k/~new';
        const copy = structuredClone(before);
        fc.pre(!Object.hasOwn(before, key));
        const path = '/k~1~0new';
        const patched = applyJsonPatch(before, [{ op: 'add', path, value }]);
        expect(patched[key]).toEqual(value);
        expect(applyJsonPatch(patched, [{ op: 'remove', path }])).toEqual(copy);
        expect(before).toEqual(copy);
      }),
    );
  });

  test('does not let a copy alias its source', () => {
    const patched = applyJsonPatch({ a: { x: 1 } }, [
      { op: 'copy', from: '/a', path: '/b' },
      { op: 'replace', path: '/b/x', value: 2 },
    ]);
    expect(patched).toEqual({ a: { x: 1 }, b: { x: 2 } });
  });
});

function catchError(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
