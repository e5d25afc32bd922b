import { defaultTokenOptions, tokenFacts } from './token-options';
import { factsOf, secretOf } from './token-secret';

const now = Date.parse('2026-01-01T00:00:00Z');
const text = 'abcdef.0123456789abcdef';

describe('bootstrap tokens', () => {
  it('live a day, sign and authenticate, unless something else is wanted', () => {
    expect(tokenFacts(text, defaultTokenOptions, now)).toEqual({
      token: { id: 'abcdef', secret: '0123456789abcdef' },
      usages: ['signing', 'authentication'],
      groups: ['system:bootstrappers:nestor:default-node-token'],
      expires: Date.parse('2026-01-02T00:00:00Z'),
    });
    expect(tokenFacts(text, { ...defaultTokenOptions, ttl: '0' }, now).expires).toBeUndefined();
    expect(tokenFacts(undefined, { ...defaultTokenOptions, ttl: '1h30m' }, now).expires).toBe(now + 5_400_000);
  });

  it.each([
    ['short.token', {}, 'the bootstrap token "short.token" was not of the form'],
    [text, { ttl: '1 day' }, '--ttl: time: unknown unit'],
    [text, { ttl: '-1h' }, '--ttl: the time to live must not be negative'],
    [text, { usages: ['signing', 'all'] }, 'valid bootstrap token usages are authentication, signing; got: all'],
    [text, { groups: ['system:masters'] }, '--groups: bootstrap group "system:masters" is invalid'],
    [text, { usages: ['signing'] }, 'unless --usages includes "authentication"'],
  ])('%s with %j is refused', (given, change, message) =>
    expect(() => tokenFacts(given, { ...defaultTokenOptions, ...change }, now)).toThrow(message),
  );

  it('are kept in Secrets', () => {
    const facts = tokenFacts(text, { ...defaultTokenOptions, description: 'for n1' }, now);
    const secret = secretOf(facts);
    expect(secret).toMatchObject({
      metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
      type: 'bootstrap.kubernetes.io/token',
    });
    const decoded = Object.entries(secret.data ?? {}).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString(),
    ]);
    expect(Object.fromEntries(decoded)).toEqual({
      'token-id': 'abcdef',
      'token-secret': '0123456789abcdef',
      description: 'for n1',
      expiration: '2026-01-02T00:00:00Z',
      'usage-bootstrap-signing': 'true',
      'usage-bootstrap-authentication': 'true',
      'auth-extra-groups': 'system:bootstrappers:nestor:default-node-token',
    });
    expect(factsOf(secret)).toEqual({ ...facts, usages: ['authentication', 'signing'] });
  });

  it('are not what Secrets of other names or without an id hold', () => {
    const secret = secretOf(tokenFacts(text, defaultTokenOptions, now));
    expect(() => factsOf({ ...secret, metadata: { name: 'other' } })).toThrow('Expected: "bootstrap-token-abcdef"');
    expect(() => factsOf({ ...secret, data: {} })).toThrow('has no token-id data');
  });
});
