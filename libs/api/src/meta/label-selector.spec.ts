import { goSelectorText } from './label-selector-text';
import * as fc from 'fast-check';
import {
  formatLabelSelector,
  labelSelectorMatcher,
  labelSetMatcher,
  parseLabelSelector,
  validateLabelSelector,
} from './label-selector';

describe('label selectors', () => {
  it.each([
    ['', { a: 'b' }, true],
    ['a', { a: 'b' }, true],
    ['a', {}, false],
    ['!a', {}, true],
    ['! a', { a: '' }, false],
    ['a=b', { a: 'b' }, true],
    ['a==b', { a: 'c' }, false],
    ['a = b , c != d', { a: 'b' }, true],
    ['a!=b', {}, true],
    ['a in (x, y)', { a: 'y' }, true],
    ['a in (x,y)', {}, false],
    ['a notin (x,y)', {}, true],
    ['a notin (x,y)', { a: 'x' }, false],
    ['a in (x,)', { a: '' }, true],
    ['a=', { a: '' }, true],
    ['a=,b', { a: '', b: '1' }, true],
    ['a>3', { a: '4' }, true],
    ['a<3', { a: '4' }, false],
    ['a>3', { a: 'x' }, false],
    ['in in (in)', { in: 'in' }, true],
    ['x.io/a=b', { 'x.io/a': 'b' }, true],
  ])('%p on %j is %p', (text, labels, expected) => {
    expect(parseLabelSelector(text).matches(labels)).toBe(expected);
  });

  it.each([
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['a,', "found '', expected: identifier after ','"],
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a in x', "unable to parse requirement: found 'x' expected: '('"],
    [
      'a in ()',
      "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
    ],
    [
      'a>b',
      "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
  ])('refuses %p', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message);
    try {
      parseLabelSelector(text);
    } catch (error) {
      expect(error).toMatchObject({ code: 400, reason: 'BadRequest' });
    }
  });

  it('names the bad key and value', () => {
    expect(() => parseLabelSelector('-a=b')).toThrow(
      'unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of alphanumeric characters',
    );
    expect(() => parseLabelSelector('a=-b')).toThrow(
      'unable to parse requirement: values[0][a]: Invalid value: "-b": a valid label must be an empty string',
    );
  });

  it('reads the object form; absent matches nothing, empty everything', () => {
    expect(labelSelectorMatcher(undefined).matches({ a: 'b' })).toBe(false);
    expect(labelSelectorMatcher({}).matches(undefined)).toBe(true);
    const selector = {
      matchLabels: { a: 'b' },
      matchExpressions: [
        { key: 'c', operator: 'In', values: ['y', 'x'] },
        { key: 'd', operator: 'DoesNotExist' },
      ],
    };
    expect(formatLabelSelector(selector)).toBe('a=b,c in (x,y),!d');
    expect(labelSelectorMatcher(selector).matches({ a: 'b', c: 'x' })).toBe(true);
    expect(labelSelectorMatcher(selector).matches({ a: 'b', c: 'x', d: '' })).toBe(false);
    expect(labelSetMatcher({ a: 'b' }).matches({ a: 'b', z: '1' })).toBe(true);
  });

  it('validates the object form', () => {
    const errors = validateLabelSelector(
      {
        matchExpressions: [
          { key: 'a', operator: 'In' },
          { key: 'a', operator: 'Exists', values: ['x'] },
          { key: 'a', operator: 'Like' },
        ],
      },
      'spec.selector',
    );
    expect(errors.map((error) => [error.type, error.field, error.detail])).toEqual([
      [
        'FieldValueRequired',
        'spec.selector.matchExpressions[0].values',
        "must be specified when `operator` is 'In' or 'NotIn'",
      ],
      [
        'FieldValueForbidden',
        'spec.selector.matchExpressions[1].values',
        "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      ],
      ['FieldValueInvalid', 'spec.selector.matchExpressions[2].operator', 'not a valid selector operator'],
    ]);
  });

  const word = fc.stringMatching(/^[a-z]([a-z0-9]{0,4})$/);
  const term = fc.oneof(
    word,
    word.map((key) => `!${key}`),
    fc.tuple(word, fc.constantFrom('=', '==', '!='), word).map((parts) => parts.join('')),
    fc
      .tuple(word, fc.constantFrom('in', 'notin'), fc.array(word, { minLength: 1, maxLength: 3 }))
      .map(([key, operator, values]) => `${key} ${operator} (${values.join(',')})`),
  );
  it('means the same after being written and parsed again', () => {
    fc.assert(
      fc.property(fc.array(term, { maxLength: 4 }), fc.dictionary(word, word), (terms, labels) => {
        const matcher = parseLabelSelector(terms.join(','));
        const again = parseLabelSelector(matcher.toString());
        expect(again.toString()).toBe(matcher.toString());
        expect(again.matches(labels)).toBe(matcher.matches(labels));
        expect(matcher.matches(labels)).toBe(terms.every((one) => parseLabelSelector(one).matches(labels)));
      }),
    );
  });
});

describe('goSelectorText', () => {
  it('prints as Go does', () => {
    expect(
      goSelectorText({
        matchLabels: { b: '2', a: '1' },
        matchExpressions: [{ key: 'k', operator: 'In', values: ['x'] }],
      }),
    ).toBe(
      '&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:k,Operator:In,Values:[x],},},}',
    );
  });
});
