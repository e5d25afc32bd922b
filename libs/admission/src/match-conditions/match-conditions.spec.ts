import { compileConditions } from './match-conditions';

const matches = (...expressions: string[]) =>
  compileConditions(expressions.map((expression, index) => ({ name: `c${index}`, expression })))({
    object: { metadata: { name: 'a' }, numbers: Array.from({ length: 500 }, (_, index) => index) },
    oldObject: null,
    request: { operation: 'CREATE', userInfo: { username: 'me', groups: [] } },
  });

describe('match conditions', () => {
  it('match where all hold', () => {
    expect(matches()).toBe(true);
    expect(matches('object.metadata.name == "a"', 'request.userInfo.username == "me"')).toBe(true);
    expect(matches('object.metadata.name == "a"', 'oldObject != null')).toBe(false);
  });

  it('do not match where one is false, whatever the others come to', () => {
    expect(matches('object.nothing == 1', 'false')).toBe(false);
  });

  it('cannot tell where none is false and one fails', () => {
    expect(() => matches('object.nothing == 1', 'true')).toThrow(
      "expression 'object.nothing == 1' resulted in error: no such key: nothing",
    );
    expect(() => matches('object.a == 1', 'object.b == 1')).toThrow(/^\[expression 'object.a == 1'.*, expression/);
    expect(() => matches('object.')).toThrow(/^compilation error: compilation failed: ERROR/);
  });

  it('have a budget that no one of them gets past', () => {
    const dear = 'object.numbers.all(a, object.numbers.all(b, object.numbers.all(c, true)))';
    expect(() => matches(dear)).toThrow('operation cancelled: actual cost limit exceeded');
    expect(() => matches(dear, dear, dear)).toThrow(
      'validation failed due to running out of cost budget, no further validation rules will be run',
    );
  });
});
