import { checkFieldNames, parseFieldSelector } from './field-selector';

describe('field selectors', () => {
  it.each([
    ['', {}, true],
    ['spec.nodeName=n1', { 'spec.nodeName': 'n1' }, true],
    ['spec.nodeName==n1,status.phase!=Failed', { 'spec.nodeName': 'n1', 'status.phase': 'Running' }, true],
    ['spec.nodeName=', {}, true],
    ['spec.nodeName!=', { 'spec.nodeName': 'n1' }, true],
    ['a=b\\,c\\=d', { a: 'b,c=d' }, true],
    ['a!=b', { a: 'b' }, false],
  ])('%p on %j is %p', (text, fields, expected) => {
    expect(parseFieldSelector(text).matches(fields)).toBe(expected);
  });

  it('refuses what it cannot read', () => {
    expect(() => parseFieldSelector('abc')).toThrow("invalid selector: 'abc'; can't understand 'abc'");
    expect(() => parseFieldSelector('a=b\\x')).toThrow('invalid field selector: invalid escape sequence: \\x');
  });

  it('refuses fields a kind does not offer', () => {
    const matcher = parseFieldSelector('spec.foo=1');
    expect(() => checkFieldNames(matcher, ['spec.nodeName'])).toThrow('field label not supported: spec.foo');
    expect(() => checkFieldNames(matcher, undefined)).toThrow(
      '"spec.foo" is not a known field selector: only "metadata.name", "metadata.namespace"',
    );
    expect(() => checkFieldNames(parseFieldSelector('metadata.name=x'), undefined)).not.toThrow();
  });

  it('tells the value a field is pinned to', () => {
    expect(parseFieldSelector('metadata.name=x,a!=b').exact('metadata.name')).toBe('x');
    expect(parseFieldSelector('metadata.name!=x').exact('metadata.name')).toBeUndefined();
  });
});
