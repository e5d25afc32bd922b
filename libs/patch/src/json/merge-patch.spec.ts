import fc from 'fast-check';
import { applyMergePatch } from './merge-patch';

describe('applyMergePatch', () => {
  // The examples of RFC 7386, appendix A, as far as they patch an object with an object.
  test.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (doc, patch, expected) => expect(applyMergePatch(doc, patch)).toEqual(expected));

  const object = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 });
  test('is idempotent and leaves its input alone', () => {
    fc.assert(
      fc.property(object, object, (doc, patch) => {
        const copy = structuredClone(doc);
        const once = applyMergePatch(doc, patch);
        expect(applyMergePatch(once, patch)).toEqual(once);
        expect(doc).toEqual(copy);
      }),
    );
  });

  test('the empty patch changes nothing', () => {
    fc.assert(fc.property(object, (doc) => expect(applyMergePatch(doc, {})).toEqual(doc)));
  });

  test.each([[[]], ['x'], [null], [3]])('refuses %j', (patch) => {
    expect(() => applyMergePatch({}, patch)).toThrow('Invalid JSON Patch');
  });

  test('takes __proto__ for a key like any other', () => {
    const patched = applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(Object.keys(patched)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
