import * as fc from 'fast-check';
import { compile, CostLimitError, DYN, listOf, schemaType, STRING, toJson, Value } from './index';

const compiled = (expression: string, variables = {}) => {
  const { program, message } = compile(expression, { variables }) as any;
  if (!program) throw new Error(message);
  return program;
};
const evaluate = (expression: string, bindings: Record<string, unknown> = {}, variables = {}): Value => {
  const { value, error } = compiled(expression, variables).evaluate(bindings);
  if (error) throw error;
  return value;
};

const MAX = 2n ** 63n - 1n;
const int64 = fc.bigInt({ min: -MAX - 1n, max: MAX });
const written = (value: bigint) => (value < 0n ? `(${value})` : `${value}`);

describe('arithmetic', () => {
  const inRange = (value: bigint) => value <= MAX && value >= -MAX - 1n;
  it('is that of 64 bit integers, or an error', () => {
    const operators: [string, (a: bigint, b: bigint) => bigint][] = [
      ['+', (a, b) => a + b],
      ['-', (a, b) => a - b],
      ['*', (a, b) => a * b],
      ['/', (a, b) => a / b],
      ['%', (a, b) => a % b],
    ];
    fc.assert(
      fc.property(int64, int64, fc.constantFrom(...operators), (a, b, [sign, plain]) => {
        const { value, error } = compiled(`${written(a)} ${sign} ${written(b)}`).evaluate({});
        if (b === 0n && '/%'.includes(sign)) expect(error.message).toMatch(/by zero/);
        else if (inRange(plain(a, b)) && !(sign === '%' && b === -1n && a === -MAX - 1n)) {
          expect(value).toBe(plain(a, b));
        } else expect(error.message).toBe('integer overflow');
      }),
    );
  });

  it('compares as JavaScript does', () => {
    fc.assert(
      fc.property(int64, fc.double({ noNaN: true }), (a, b) => {
        expect(evaluate('a < b', { a, b }, { a: DYN, b: DYN })).toBe(a < b);
        expect(evaluate('a >= b', { a, b }, { a: DYN, b: DYN })).toBe(a >= b);
      }),
    );
  });
});

describe('strings', () => {
  const variables = { a: STRING, b: STRING };
  const ascii = fc.string({ unit: 'grapheme-ascii' });
  it('join, search and replace as JavaScript does', () => {
    fc.assert(
      fc.property(ascii, ascii, (a, b) => {
        const run = (expression: string) => toJson(evaluate(expression, { a, b }, variables));
        expect(run('a + b')).toBe(a + b);
        expect(run('a.contains(b)')).toBe(a.includes(b));
        expect(run('a.indexOf(b)')).toBe(a.indexOf(b));
        expect(run('a.lastIndexOf(b)')).toBe(a.lastIndexOf(b));
        expect(run('a.split(b)')).toEqual(a.split(b));
        expect(run('a.replace(b, "_")')).toBe(
          b === '' ? `_${[...a].map((one) => `${one}_`).join('')}` : a.replaceAll(b, '_'),
        );
        expect(run('size(a)')).toBe(a.length);
      }),
    );
  });
  it('order by code points', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(evaluate('a < b', { a, b }, variables)).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0);
      }),
    );
  });
  it('come out of a literal as they went in', () => {
    fc.assert(fc.property(ascii, (a) => expect(evaluate(JSON.stringify(a))).toBe(a)));
  });
});

describe('JSON', () => {
  it('stays what it was', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (json) => {
        if (json === null) return;
        // As text: JSON has no negative zero, though JavaScript reads one.
        expect(JSON.stringify(toJson(evaluate('x', { x: json }, { x: DYN })))).toBe(JSON.stringify(json));
        expect(evaluate('x == y', { x: json, y: structuredClone(json) }, { x: DYN, y: DYN })).toBe(true);
      }),
    );
  });
});

describe('the cost limit', () => {
  const numbers = { numbers: Array.from({ length: 1000 }, (_, index) => index) };
  const escapes = [
    'numbers.all(a, numbers.all(b, numbers.all(c, true)))',
    'true || numbers.all(a, numbers.all(b, numbers.all(c, true)))',
    'numbers.all(a, numbers.all(b, numbers.all(c, true))) || true',
    'numbers.exists(a, numbers.map(b, numbers.map(c, c)).size() < 0 || true)',
    'numbers.map(a, numbers).map(b, b.map(c, b)).size() > 0',
    'numbers.all(a, numbers.filter(b, numbers.exists(c, c < 0)).size() == 0)',
    'numbers.transformMap(a, b, numbers.transformMap(c, d, numbers)).size() > 0',
    'numbers.all(a, numbers.isSorted() && numbers.sum() > 0 && numbers in [numbers])',
    'numbers.all(a, sets.equivalent(numbers, numbers))',
  ];
  it.each(escapes.filter((one) => !one.startsWith('true')))('stops %s', (expression) => {
    const result = compiled(expression, { numbers: listOf(DYN) }).evaluate(numbers);
    expect(result.error).toBeInstanceOf(CostLimitError);
    expect(result.error.message).toBe('operation cancelled: actual cost limit exceeded');
  });

  it('stops texts that double', () => {
    const doubled = `[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0].map(i, i)`;
    const nested = Array.from({ length: 24 }).reduce<string>((text) => `${text}.map(t, t + t)`, '["0123456789"]');
    expect(compiled(nested).evaluate({}).error).toBeInstanceOf(CostLimitError);
    expect(compiled(doubled).evaluate({}, { costLimit: 10 }).error).toBeInstanceOf(CostLimitError);
  });

  it('counts as cel-go does', () => {
    const cost = (expression: string, bindings = {}) =>
      compiled(expression, { s: STRING, x: DYN, list: listOf(STRING) }).evaluate(bindings).cost;
    expect(cost('1 + 2 == 3')).toBe(2);
    expect(cost('s == "a"', { s: 'a' })).toBe(2);
    expect(cost('x.a.b', { x: { a: { b: 1 } } })).toBe(3);
    expect(cost('has(x.a)', { x: {} })).toBe(1);
    expect(cost('s.startsWith("abcdefghijk")', { s: 'a' })).toBe(3);
    expect(cost('list.all(l, l != "")', { list: ['a', 'b'] })).toBe(1 + 2 * (3 + 1) + 1);
    expect(cost('[1, 2, 3]')).toBe(0);
    expect(cost('{"a": 1}')).toBe(30);
  });
});

describe('the estimate', () => {
  const self = (schema: object) => ({ self: schemaType(schema, 'self') as any });
  const estimate = (expression: string, schema: object) => compiled(expression, self(schema)).estimateCost();
  it('is bounded by the schema', () => {
    const text = { type: 'object', properties: { s: { type: 'string', maxLength: 10 } } };
    expect(estimate('self.s == "abc"', text)).toEqual({ min: 3, max: 3 });
    expect(estimate('self.s.contains("abc")', text)).toEqual({ min: 2, max: 6 });
    const list = { type: 'array', maxItems: 5, items: { type: 'string', maxLength: 10 } };
    expect(estimate('self.all(x, x == "a")', list).max).toBe(1 + 5 * (3 + 2) + 1);
    expect(estimate('self.all(x, self.all(y, x != y))', list).max).toBeGreaterThan(100);
  });
  it('grows with what the schema leaves open', () => {
    const open = { type: 'array', items: { type: 'string' } };
    expect(estimate('self.all(x, self.all(y, self.all(z, x == y)))', open).max).toBeGreaterThan(1e12);
  });
});
