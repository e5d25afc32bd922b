import { generateKeyPairSync, sign } from 'node:crypto';
import { LegacyServiceAccountTokenAuthenticator, type TokenHolder } from './legacy-service-account-token.authenticator';
import { loadSigningKey } from './service-account-token.issuer';

const key = loadSigningKey(
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
);
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = {
  iss: 'kubernetes/serviceaccount',
  'kubernetes.io/serviceaccount/namespace': 'ns',
  'kubernetes.io/serviceaccount/secret.name': 's',
  'kubernetes.io/serviceaccount/service-account.name': 'bot',
  'kubernetes.io/serviceaccount/service-account.uid': 'u1',
  sub: 'system:serviceaccount:ns:bot',
};
const tokenOf = (of: object): string => {
  const signed = `${encode({ alg: 'ES256' })}.${encode(of)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
};
const token = tokenOf(claims);
const held = (of: string, labels = {}): TokenHolder => ({
  metadata: { namespace: 'ns', name: 's', labels },
  data: { token: Buffer.from(of).toString('base64') },
});
const account: TokenHolder = { metadata: { name: 'bot', uid: 'u1' } };

describe('tokens in Secrets', () => {
  const used = jest.fn();
  const ask = (of: string, secret: TokenHolder | undefined, owner: TokenHolder | undefined, audiences = ['api']) =>
    new LegacyServiceAccountTokenAuthenticator({
      key,
      audiences: ['api'],
      lookup: (resource) => Promise.resolve(resource === 'secrets' ? secret : owner),
      used,
    }).authenticate(of, audiences);
  beforeEach(() => used.mockReset());

  it('name their account and are noted', async () => {
    expect(await ask(token, held(token), account)).toEqual({
      kind: 'user',
      audiences: ['api'],
      user: {
        name: 'system:serviceaccount:ns:bot',
        uid: 'u1',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
      },
    });
    expect(used).toHaveBeenCalledTimes(1);
  });

  it('are none where another signed or issued them', async () => {
    expect(await ask(tokenOf({ ...claims, iss: 'x' }), held(token), account)).toEqual({ kind: 'none' });
    expect(await ask(`${token.slice(0, -4)}AAAA`, held(token), account)).toEqual({ kind: 'none' });
  });

  it.each<[string, string, TokenHolder | undefined, TokenHolder | undefined, RegExp]>([
    ['whose Secret is gone', token, undefined, account, /has been invalidated/],
    ['whose Secret holds another', token, held('x'), account, /does not match server's copy/],
    ['whose account is gone', token, held(token), undefined, /ns\/bot has been deleted/],
    ['whose account is new', token, held(token), { metadata: { uid: 'u2' } }, /UID \(u2\) does not match claim \(u1\)/],
    [
      'that are marked',
      token,
      held(token, { 'kubernetes.io/legacy-token-invalid-since': '2026-01-01' }),
      account,
      /has been marked invalid/,
    ],
    [
      'for another account',
      tokenOf({ ...claims, sub: 'system:serviceaccount:ns:x' }),
      held(token),
      account,
      /sub claim is invalid/,
    ],
  ])('refuses those %s', async (_, of, secret, owner, reason) =>
    expect(await ask(of, secret, owner)).toEqual({ kind: 'rejected', reason: expect.stringMatching(reason) }),
  );

  it('are for the API server alone', async () => {
    expect(await ask(token, held(token), account, ['vault'])).toMatchObject({ kind: 'rejected' });
  });
});
