import { compile } from './compile';
import { INT, STRING } from './types/cel-type';

const environment = { variables: { s: STRING, n: INT }, bindings: true };
const evaluate = (expression: string): unknown => {
  const { program, message } = compile(expression, environment);
  if (!program) throw new Error(message);
  const { value, error } = program.evaluate({ s: 'text', n: 2 });
  if (error) throw error;
  return value;
};
const costs = (expression: string) => {
  const { program, message } = compile(expression, environment);
  if (!program) throw new Error(message);
  return { actual: program.evaluate({ s: 'text', n: 2 }).cost, estimated: program.estimateCost().max };
};

describe('cel.bind', () => {
  it.each([
    'cel.bind(a, 1, a + a) == 2',
    'cel.bind(a, s, cel.bind(b, a + a, b + "/" + b)) == "texttext/texttext"',
    'cel.bind(s, s + "!", s) == "text!"',
    'cel.bind(a, [1, 2, 3], a.all(x, cel.bind(y, x * n, y > x)))',
    '[1, 2].map(x, cel.bind(y, x * 10, y)) == [10, 20]',
    'cel.bind(a, null, a == null && a == null)',
    // Made when it is read, if it is.
    'cel.bind(a, 1 / 0, true)',
    'cel.bind(a, 1 / 0, n == 2 || a == 1)',
  ])('%s', (expression) => expect(evaluate(expression)).toBe(true));

  it('passes on an error where the value is read', () => {
    expect(() => evaluate('cel.bind(a, 1 / 0, a == 1)')).toThrow('division by zero');
  });

  it('makes the value once', () => {
    const made = costs('cel.bind(a, s + s + s, a)').actual;
    expect(costs('cel.bind(a, s + s + s, a + a)').actual).toBeLessThan(2 * made);
  });

  it.each(['cel.bind(a, s.size(), a + a) > 3', 'cel.bind(a, [1, 2, 3], a.map(x, x + 1)).size() > 1'])(
    'costs no more than estimated: %s',
    (expression) => {
      const { actual, estimated } = costs(expression);
      expect(actual).toBeLessThanOrEqual(estimated);
    },
  );

  it.each<[string, RegExp]>([
    ['cel.bind(a, "x", a + 1)', /found no matching overload for '_\+_' applied to '\(string, int\)'/],
    ['cel.bind(a.b, 1, 2)', /1:11: cel\.bind\(\) variable names must be simple identifiers/],
    ['cel.bind(a, 1, b)', /undeclared reference to 'b'/],
    ['cel.bind(a, 1, 2) + a', /undeclared reference to 'a'/],
    ['other.bind(a, 1, 2)', /undeclared reference to '(other|a)'/],
  ])('refuses %s', (expression, message) => expect(() => evaluate(expression)).toThrow(message));

  it('is for those who ask for it', () => {
    expect(compile('cel.bind(a, 1, a)', { variables: {} }).message).toMatch(/undeclared reference to '(cel|a)'/);
  });
});
