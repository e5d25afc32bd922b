import * as fc from 'fast-check';
import { scanJson } from './json-syntax';

describe('scanJson', () => {
  it.each([
    ['{"a": }', "invalid character '}' looking for beginning of value"],
    ['{"a": 1', 'unexpected end of JSON input'],
    ['{a: 1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a": 1 "b"}', "invalid character '\"' after object key:value pair"],
    ['[1 2]', "invalid character '2' after array element"],
    ['tru', 'unexpected end of JSON input'],
    ['trux', "invalid character 'x' in literal true (expecting 'e')"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['', 'unexpected end of JSON input'],
  ])('%s', (text, error) => expect(scanJson(text).error).toBe(error));

  it('names the places of doubled keys', () => {
    expect(scanJson('{"a":1,"a":2,"b":[{"c":1,"c":2}]}').duplicates).toEqual(['a', 'b[0].c']);
  });

  it('agrees with JSON.parse on what is good', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => scanJson(JSON.stringify(value)).error === undefined));
    fc.assert(
      fc.property(fc.string(), (text) => {
        let good = true;
        try {
          JSON.parse(text);
        } catch {
          good = false;
        }
        return good === (scanJson(text).error === undefined);
      }),
    );
  });
});
