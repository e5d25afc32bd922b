import { shortDuration } from './short-duration';

it.each([
  [-5000, '<invalid>'],
  [-1000, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [3_600_000, '1h'],
  [86_400_000 * 364.9, '364d'],
  [86_400_000 * 3650, '10y'],
])('%s milliseconds are %s', (given, text) => expect(shortDuration(given)).toBe(text));
