import fc from 'fast-check';
import { duplicateFields } from './duplicate-fields';

describe('duplicateFields', () => {
  it.each([
    ['{"a":1,"a":2}', ['a']],
    ['{"spec":{"replicas":1,"replicas":2,"replicas":3}}', ['spec.replicas']],
    ['{"l":[{"x":1},{"x":1,"y":{},"x":2}]}', ['l[1].x']],
    ['{"a":{"a":{"a":1}}}', []],
    ['[[{"a":1,"a":1}]]', ['[0][0].a']],
    ['{"a":"\\"a\\":1,","b":"}{"}', []],
    ['{"\\u0061":1,"a":2}', ['a']],
    ['{"a":["b","b"],"b":["a"]}', []],
  ])('%s', (json, expected) => expect(duplicateFields(json)).toEqual(expected));

  it('finds none in what JSON.stringify writes', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => expect(duplicateFields(JSON.stringify(value))).toEqual([])));
  });

  it('finds the one name that was doubled', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (object) => {
        const json = JSON.stringify(object);
        const first = Object.keys(object)[0] as string;
        expect(duplicateFields(`${json.slice(0, -1)},${JSON.stringify(first)}:null}`)).toEqual([first]);
      }),
    );
  });
});
