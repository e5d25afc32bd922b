import { goText } from './go-text';

describe('goText', () => {
  it.each([
    [{ b: [1, 'x', null], a: { c: true } }, 'map[a:map[c:true] b:[1 x <nil>]]'],
    [{}, 'map[]'],
    [1.5, '1.5'],
  ])('%j', (value, text) => expect(goText(value)).toBe(text));
});
