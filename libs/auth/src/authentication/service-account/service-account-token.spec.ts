import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { loadSigningKey, loadVerificationKeys, VerificationKeys, type SigningKey } from './keys';
import { ServiceAccountTokenAuthenticator, type ObjectLookup } from './token-authenticator';
import { ServiceAccountTokenIssuer, type TokenSubject } from './token-issuer';

const issuer = 'https://cluster.test';
const asPem = ({ privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject }) => ({
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  publicKey: publicKey.export({ type: 'spki', format: 'pem' }) as string,
});
const ec = (namedCurve: string) => asPem(generateKeyPairSync('ec', { namedCurve }));
const rsa = asPem(generateKeyPairSync('rsa', { modulusLength: 2048 }));
const subject: TokenSubject = { namespace: 'ns', name: 'sa', uid: 'u1', audiences: [issuer], expirationSeconds: 3600 };
const second = 1000;
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function signed(key: SigningKey, claims: object, header: object = {}): string {
  const text = `${encode({ alg: key.algorithm, kid: key.keyId, ...header })}.${encode(claims)}`;
  const signature = sign(key.hash, Buffer.from(text), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

describe.each([
  ['ES256', ec('P-256').privateKey],
  ['ES384', ec('P-384').privateKey],
  ['ES512', ec('P-521').privateKey],
  ['RS256', rsa.privateKey],
])('%s service account tokens', (algorithm, keyPem) => {
  const key = loadSigningKey(keyPem);
  let now = Date.now();
  let lookup: ObjectLookup = () => Promise.resolve({ uid: 'u1' });
  const count = jest.fn();
  const authenticator = new ServiceAccountTokenAuthenticator({
    keys: new VerificationKeys([key]),
    issuers: [issuer, 'https://old.test'],
    audiences: ['api'],
    lookup: (...of) => lookup(...of),
    count,
    now: () => now,
  });
  const tokens = new ServiceAccountTokenIssuer(issuer, key);
  const ask = (token: string, wanted = [issuer]) => authenticator.authenticate(token, wanted);
  const issue = (more: Partial<TokenSubject> = {}): string => tokens.issue({ ...subject, ...more }).token;
  const reason = async (token: string, wanted?: string[]): Promise<string> => {
    const result = await ask(token, wanted);
    return result.kind === 'rejected' ? result.reason : result.kind;
  };
  beforeEach(() => {
    now = Date.now();
    lookup = () => Promise.resolve({ uid: 'u1' });
    count.mockReset();
  });

  it('name their account, and what they are bound to', async () => {
    expect(key.algorithm).toBe(algorithm);
    const { token, credentialId } = tokens.issue({
      ...subject,
      bound: { kind: 'Pod', name: 'p', uid: 'u1' },
      node: { name: 'n', uid: 'u9' },
    });
    const bound = 'authentication.kubernetes.io/';
    expect(await ask(token, ['vault', issuer])).toEqual({
      kind: 'user',
      audiences: [issuer],
      user: {
        name: 'system:serviceaccount:ns:sa',
        uid: 'u1',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
        extra: {
          [`${bound}credential-id`]: [credentialId],
          [`${bound}pod-name`]: ['p'],
          [`${bound}pod-uid`]: ['u1'],
          [`${bound}node-name`]: ['n'],
          [`${bound}node-uid`]: ['u9'],
        },
      },
    });
  });

  it('expire, a minute late for clocks that differ', async () => {
    const token = issue();
    now += 3650 * second;
    expect(await reason(token)).toBe('user');
    now += 12 * second;
    expect(await reason(token)).toBe('service account token has expired');
    now -= 3600 * second + 150 * second;
    expect(await reason(token)).toBe('service account token is not valid yet');
  });

  it.each<[string, 'Pod' | 'Secret' | 'Node']>([
    ['pods', 'Pod'],
    ['secrets', 'Secret'],
    ['nodes', 'Node'],
  ])('end with what they are bound to: %s', async (resource, kind) => {
    const token = issue({ bound: { kind, name: 'b', uid: 'u1' } });
    const found = (bound: Awaited<ReturnType<ObjectLookup>>): void => {
      lookup = (of, namespace, name) => {
        expect(namespace).toBe(of === 'nodes' ? '' : 'ns');
        if (of !== resource) return Promise.resolve({ uid: 'u1' });
        expect(name).toBe('b');
        return Promise.resolve(bound);
      };
    };
    found({ uid: 'u1', deletionTimestamp: new Date(now - 59 * second).toISOString() });
    expect(await reason(token)).toBe('user');
    found({ uid: 'u1', deletionTimestamp: new Date(now - 61 * second).toISOString() });
    expect(await reason(token)).toBe('service account token has been invalidated');
    found(undefined);
    expect(await reason(token)).toBe('service account token has been invalidated');
    found({ uid: 'u2' });
    const bound = kind.toLowerCase();
    expect(await reason(token)).toBe(`${bound} UID (u2) does not match service account ${bound} ref claim (u1)`);
  });

  it('end with their account', async () => {
    const token = issue();
    lookup = () => Promise.resolve(undefined);
    expect(await reason(token)).toBe('serviceaccounts "sa" not found');
    lookup = () => Promise.resolve({ uid: 'u2' });
    expect(await reason(token)).toBe('service account UID (u2) does not match claim (u1)');
    lookup = () => Promise.resolve({ uid: 'u1', deletionTimestamp: new Date(now - 61 * second).toISOString() });
    expect(await reason(token)).toBe('service account ns/sa has been deleted');
  });

  it('of a pod do not end with its node', async () => {
    const token = issue({ bound: { kind: 'Pod', name: 'p', uid: 'u1' }, node: { name: 'n' } });
    lookup = (resource) => Promise.resolve(resource === 'nodes' ? undefined : { uid: 'u1' });
    expect(await reason(token)).toBe('user');
  });

  it('are for their audiences', async () => {
    const token = issue({ audiences: ['vault'] });
    expect(await reason(token)).toBe(
      'token audiences ["vault"] is invalid for the target audiences ["https://cluster.test"]',
    );
    expect(await reason(token, ['vault'])).toBe('user');
    const forNobody = signed(key, { ...claimsOf(issue()), aud: undefined });
    expect(await reason(forNobody)).toMatch(/^token audiences \["api"\] is invalid/);
    expect(await reason(forNobody, ['api'])).toBe('user');
  });

  it('are known by any of the issuers', async () => {
    const old = new ServiceAccountTokenIssuer('https://old.test', key);
    expect(await reason(old.issue(subject).token)).toBe('user');
    const other = new ServiceAccountTokenIssuer('https://other.test', key);
    expect(await reason(other.issue(subject).token)).toBe('none');
  });

  it('are told of when they outlive the time their pod knows', async () => {
    const token = issue({ expirationSeconds: 7200, warnAfterSeconds: 3600 });
    expect(await ask(token)).not.toHaveProperty('annotations');
    expect(count).toHaveBeenLastCalledWith('valid_tokens');
    now += 3700 * second;
    expect(await ask(token)).toMatchObject({
      annotations: {
        'authentication.k8s.io/stale-token': expect.stringMatching(
          /^subject: system:serviceaccount:ns:sa, seconds after warning threshold: (99|100)$/,
        ),
      },
    });
    expect(count).toHaveBeenLastCalledWith('stale_tokens');
  });

  it('cannot be changed', async () => {
    const [header, , signature] = issue().split('.');
    const [, claims] = issue({ name: 'other' }).split('.');
    expect(await reason(`${header}.${claims}.${signature}`)).toMatch(/error in cryptographic primitive/);
    expect(await reason(signed(key, claimsOf(issue()), { kid: 'x' }))).toBe('invalid signature, no keys found');
    expect(await reason(signed(key, claimsOf(issue()), { crit: ['b64'], b64: false }))).toMatch(/crit/);
    expect(await reason(signed(key, { ...claimsOf(issue()), 'kubernetes.io': { namespace: 'ns' } }))).toMatch(
      /unexpected private claim/,
    );
  });

  it('without a key id are tried with each key', async () => {
    expect(await reason(signed(key, claimsOf(issue()), { kid: undefined }))).toBe('user');
  });
});

describe('keys', () => {
  it('change: tokens of old keys are good for as long as those are named', async () => {
    const [older, newer] = [ec('P-256'), ec('P-256')].map((pair) => loadSigningKey(pair.privateKey)) as [
      SigningKey,
      SigningKey,
    ];
    const { token } = new ServiceAccountTokenIssuer(issuer, older).issue(subject);
    const by = (keys: SigningKey[]) =>
      new ServiceAccountTokenAuthenticator({
        keys: new VerificationKeys(keys),
        issuers: [issuer],
        audiences: [],
        lookup: () => Promise.resolve({ uid: 'u1' }),
      }).authenticate(token, [issuer]);
    expect((await by([newer, older])).kind).toBe('user');
    expect((await by([newer])).kind).toBe('rejected');
  });

  it('are read from files that hold several, of any form', () => {
    const pairs = [ec('P-256'), rsa, ec('P-384')];
    const legacy = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      type: 'pkcs1',
      format: 'pem',
    });
    const text = `${pairs[0]!.publicKey}# a remark\n${pairs[1]!.privateKey}${pairs[2]!.publicKey}${legacy}`;
    expect(loadVerificationKeys(text).map(({ algorithm }) => algorithm)).toEqual(['ES256', 'RS256', 'ES384', 'RS256']);
    expect(loadVerificationKeys(pairs[1]!.publicKey)[0]!.keyId).toBe(loadSigningKey(pairs[1]!.privateKey).keyId);
    expect(() => loadVerificationKeys('nothing')).toThrow(/does not contain any valid RSA or ECDSA public keys/);
    expect(() => loadVerificationKeys(ec('secp256k1').publicKey)).toThrow(/must be 256, 384, or 521/);
  });

  it('are published with what verifies them, and nothing of the private part', () => {
    const keys = new VerificationKeys([loadSigningKey(rsa.privateKey), ...loadVerificationKeys(ec('P-521').publicKey)]);
    const { keys: published } = keys.jwks();
    expect(published.map(({ alg, use, kid }) => [alg, use, kid])).toEqual(
      keys.all.map(({ algorithm, keyId }) => [algorithm, 'sig', keyId]),
    );
    expect(published.every((jwk) => jwk.d === undefined && createPublicKey({ key: jwk, format: 'jwk' }))).toBe(true);
  });
});

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
}
