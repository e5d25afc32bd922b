import * as fc from 'fast-check';
import {
  addQuantities,
  compareQuantities,
  exactValue,
  formatQuantity,
  milliValue,
  parseQuantity,
  quantityFrom,
  roundUpToMilli,
  subtractQuantities,
  tryParseQuantity,
  wholeValue,
} from './quantity';

const canonical = (text: string): string => formatQuantity(parseQuantity(text));

describe('quantities', () => {
  it.each([
    ['0', '0'],
    ['0Ki', '0'],
    ['100m', '100m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['.5', '500m'],
    ['0.5', '500m'],
    ['1.', '1'],
    ['-1.5', '-1500m'],
    ['+2', '2'],
    ['1000k', '1M'],
    ['1024', '1024'],
    ['1024Ki', '1Mi'],
    ['1536Mi', '1536Mi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Ki', '512'],
    ['0.001Ki', '1024m'],
    ['1e3', '1e3'],
    ['1E3', '1e3'],
    ['12e2', '1200'],
    ['1E', '1E'],
    ['5n', '5n'],
    ['0.1n', '1n'],
    ['1100n', '1100n'],
    ['9223372036854775807', '9223372036854775807'],
    ['9223372036854775808Ki', '9223372036854775807'],
    ['100000Ei', '9223372036854775807'],
  ])('%s is written %s', (text, expected) => expect(canonical(text)).toBe(expected));

  it.each([
    ['', 'quantities must match'],
    ['abc', 'quantities must match'],
    ['1 Mi', 'quantities must match'],
    ['1.2.3', 'quantities must match'],
    ['1mi', 'unable to parse quantity'],
    ['1kk', 'unable to parse quantity'],
    ['1Mi5', 'unable to parse quantity'],
    ['.', 'unable to parse numeric part'],
  ])('refuses %p', (text, message) => {
    expect(() => parseQuantity(text)).toThrow(message);
    expect(tryParseQuantity(text)).toBeUndefined();
  });

  it('gives the scheduler numbers, rounded up', () => {
    expect(milliValue(parseQuantity('1.0001'))).toBe(1001);
    expect(wholeValue(parseQuantity('1500m'))).toBe(2);
    expect(exactValue(parseQuantity('1Gi'))).toBe(1073741824n);
    expect(formatQuantity(roundUpToMilli(parseQuantity('1u')))).toBe('1m');
    expect(milliValue(quantityFrom('250m'))).toBe(250);
    expect(milliValue(quantityFrom(undefined))).toBe(0);
  });

  const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e2', 'E-3');
  const text = fc
    .tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: 0, max: 999 }), suffix)
    .map(([whole, fraction, unit]) => `${whole}.${fraction}${unit}`);

  it('keeps the value when written and read again', () => {
    fc.assert(
      fc.property(text, (given) => {
        const quantity = parseQuantity(given);
        const again = parseQuantity(formatQuantity(quantity));
        expect(again.nanos).toBe(quantity.nanos);
        expect(formatQuantity(again)).toBe(formatQuantity(quantity));
      }),
    );
  });

  it('adds and compares as numbers do', () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        const [a, b] = [parseQuantity(left), parseQuantity(right)];
        const sum = addQuantities(a, b);
        expect(subtractQuantities(sum, b).nanos).toBe(a.nanos);
        expect(compareQuantities(sum, a)).toBe(compareQuantities(b, { nanos: 0n, format: 'DecimalSI' }));
      }),
    );
  });
});
