import * as names from './names';
import { generateName, safeEncode } from './generate-name';
import { ageSince, humanDuration } from './human-duration';
import { scaledIntOrPercent } from './int-or-string';
import { labelName, subdomainName } from './object-name';

const subdomainMessage =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelMessage =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

describe('names', () => {
  it.each<[names.NameCheck, string, string[]]>([
    [names.isDns1123Subdomain, 'a.b-c.d', []],
    [names.isDns1123Subdomain, 'Foo', [subdomainMessage]],
    [names.isDns1123Subdomain, 'a_b', [subdomainMessage]],
    [names.isDns1123Subdomain, 'a'.repeat(254), ['must be no more than 253 bytes']],
    [names.isDns1123Label, 'a', []],
    [names.isDns1123Label, 'a.b', ['must not contain dots']],
    [names.isDns1123Label, 'A', [labelMessage]],
    [names.isQualifiedName, 'example.com/Name', []],
    [names.isQualifiedName, '/x', ['prefix part must be non-empty']],
    [names.isEnvVarName, 'any thing', []],
    [
      names.isEnvVarName,
      'a=b',
      ["a valid environment variable name must consist only of printable ASCII characters other than '='"],
    ],
    [names.isConfigMapKey, '..', ["must not be '..'"]],
    [names.isConfigMapKey, '..a', ["must not start with '..'"]],
    [names.isPortName, 'http', []],
    [names.isPortName, '80', ['must contain at least one letter (a-z)']],
    [names.isPortName, 'a--b', ['must not contain consecutive hyphens']],
    [names.isIp, '10.0.0.1', []],
    [names.isIp, '10.0.0', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
    [names.isCidr, '10.0.0.0/24', []],
    [names.isCidr, '10.0.0.0/33', ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']],
  ])('%p of %p', (check, value, expected) => expect(check(value)).toEqual(expected));

  it('masks the dash a generateName ends with', () => {
    expect(subdomainName('web-', true)).toEqual([]);
    expect(subdomainName('web-', false)).toHaveLength(1);
    expect(labelName('a.b-', true)).toEqual(['must not contain dots']);
  });

  it('generates names of at most 63 characters', () => {
    expect(generateName('web-')).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(generateName('x'.repeat(100))).toHaveLength(63);
    expect(safeEncode('1234567890')).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{10}$/);
  });

  it.each([
    [-5, '<invalid>'],
    [-1, '0s'],
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [200, '3m20s'],
    [600, '10m'],
    [3600 * 2.5, '150m'],
    [3600 * 3 + 60, '3h1m'],
    [3600 * 20, '20h'],
    [86400 * 5 + 3600 * 3, '5d3h'],
    [86400 * 7, '7d'],
    [86400 * 100, '100d'],
    [86400 * 800, '2y70d'],
    [86400 * 365 * 9, '9y'],
  ])('%p seconds read %s', (seconds, text) => expect(humanDuration(seconds * 1000)).toBe(text));

  it('shows ages', () => {
    expect(ageSince(undefined, new Date())).toBe('<unknown>');
    expect(ageSince('2026-01-01T00:00:00Z', new Date('2026-01-01T00:00:30Z'))).toBe('30s');
  });

  it('scales percentages', () => {
    expect(scaledIntOrPercent('25%', 10, 'up')).toBe(3);
    expect(scaledIntOrPercent('25%', 10, 'down')).toBe(2);
    expect(scaledIntOrPercent(4, 10, 'down')).toBe(4);
    expect(() => scaledIntOrPercent('x', 10, 'up')).toThrow('not a percentage');
  });
});
