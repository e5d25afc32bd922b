import type { AuthenticationResult } from './authenticator';
import { CachedTokens } from './cached-tokens';

const user: AuthenticationResult = { kind: 'user', user: { name: 'jane', groups: [] } };

describe('CachedTokens', () => {
  let now = 0;
  const asked: string[] = [];
  const answers: Record<string, AuthenticationResult> = {
    known: user,
    unknown: { kind: 'none' },
    bad: { kind: 'rejected', reason: 'a' },
  };
  const cached = new CachedTokens(
    {
      authenticate: async (token) => {
        asked.push(token);
        return Promise.resolve(answers[token]!);
      },
    },
    { knownMs: 10, unknownMs: 5, now: () => now },
  );
  beforeEach(() => {
    asked.length = 0;
    now += 1000;
  });

  it.each([
    ['known', 1, 2],
    ['unknown', 1, 2],
    ['bad', 2, 3],
  ])('asks about what is %s as often as it must', async (token, soon, later) => {
    for (let round = 0; round < 2; round++) expect(await cached.authenticate(token, ['a'])).toBe(answers[token]);
    expect(asked).toHaveLength(soon);
    now += 10;
    await cached.authenticate(token, ['a']);
    expect(asked).toHaveLength(later);
  });

  it('tells audiences apart, and asks once for all who wait', async () => {
    const both = [cached.authenticate('known', ['a']), cached.authenticate('known', ['a'])];
    await Promise.all([...both, cached.authenticate('known', ['b'])]);
    expect(asked).toHaveLength(2);
  });

  it('forgets that it asks where that fails', async () => {
    const failing = new CachedTokens(
      { authenticate: () => Promise.reject(new Error('no answer')) },
      { knownMs: 10, unknownMs: 10 },
    );
    for (let round = 0; round < 2; round++) await expect(failing.authenticate('t', [])).rejects.toThrow('no answer');
  });
});
