import { selectsField } from './selects-field';

describe('selectsField', () => {
  it.each<[string, boolean]>([
    ['claims.email', true],
    ['claims.?email.orValue("")', true],
    ['has(claims.email) ? "a" : "b"', true],
    ['["x"].map(x, x + claims.email)', true],
    ['{"a": claims.email}', true],
    ['[claims.email].join("")', true],
    ['claims.?other.optMap(x, claims.email).orValue("")', true],
    ['claims.email_verified', false],
    ['claims.other.email', false],
    ['user.email', false],
    ['"claims.email"', false],
    ['claims["email"]', false],
  ])('of %s is %s', (expression, found) => expect(selectsField(expression, 'claims', 'email')).toBe(found));
});
