import fc from 'fast-check';
import { difference, fieldSetOf, hasPath, intersection, isFieldSet, pathsOf, union, type FieldSet } from './field-set';

const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:1');
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const paths = fc.array(path, { maxLength: 12 });
const text = (set: FieldSet) => new Set([...pathsOf(set)].map((each) => each.join('|')));
const textOf = (list: string[][]) => new Set(list.map((each) => each.join('|')));

describe('field set', () => {
  test('holds exactly the paths it was built of, whatever their order', () => {
    fc.assert(
      fc.property(paths, (list) => {
        expect(text(fieldSetOf(list))).toEqual(textOf(list));
        expect(fieldSetOf([...list].reverse())).toEqual(fieldSetOf(list));
        for (const each of list) expect(hasPath(fieldSetOf(list), each)).toBe(true);
      }),
    );
  });

  test('union, intersection and difference are those of sets of paths', () => {
    fc.assert(
      fc.property(paths, paths, (left, right) => {
        const [a, b] = [fieldSetOf(left), fieldSetOf(right)];
        const [setA, setB] = [textOf(left), textOf(right)];
        const frozen = JSON.stringify([a, b]);
        expect(text(union(a, b))).toEqual(new Set([...setA, ...setB]));
        expect(text(intersection(a, b))).toEqual(new Set([...setA].filter((each) => setB.has(each))));
        expect(text(difference(a, b))).toEqual(new Set([...setA].filter((each) => !setB.has(each))));
        expect(JSON.stringify([a, b])).toBe(frozen);
        for (const result of [union(a, b), intersection(a, b), difference(a, b)]) {
          expect(result).toEqual(fieldSetOf([...pathsOf(result)]));
        }
      }),
    );
  });

  test('obeys the laws of sets', () => {
    fc.assert(
      fc.property(paths, paths, paths, (x, y, z) => {
        const [a, b, c] = [fieldSetOf(x), fieldSetOf(y), fieldSetOf(z)];
        expect(union(a, b)).toEqual(union(b, a));
        expect(union(union(a, b), c)).toEqual(union(a, union(b, c)));
        expect(intersection(a, union(b, c))).toEqual(union(intersection(a, b), intersection(a, c)));
        expect(difference(a, union(b, c))).toEqual(difference(difference(a, b), c));
        expect(union(difference(a, b), intersection(a, b))).toEqual(a);
      }),
    );
  });

  test('an operation that changes nothing returns its argument', () => {
    const a = fieldSetOf([['f:a', 'f:b'], ['f:a']]);
    expect(union(a, fieldSetOf([['f:a']]))).toBe(a);
    expect(difference(a, fieldSetOf([['f:b']]))).toBe(a);
  });

  test('knows a FieldsV1 from other JSON', () => {
    expect(isFieldSet({ 'f:a': { '.': {}, 'k:{"x":1}': {} } })).toBe(true);
    expect(isFieldSet({ a: {} })).toBe(false);
    expect(isFieldSet({ 'f:a': 1 })).toBe(false);
    expect(isFieldSet(JSON.parse('{"__proto__":{}}'))).toBe(false);
  });
});
