import { generateKeyPairSync } from 'node:crypto';
import { ServiceAccountTokenAuthenticator, type ObjectLookup } from './service-account-token.authenticator';
import { loadSigningKey, ServiceAccountTokenIssuer } from './service-account-token.issuer';

const issuer = 'https://cluster.test';
const ec = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const rsa = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const subject = { namespace: 'ns', name: 'sa', uid: 'u1', audiences: [issuer], expirationSeconds: 3600 };

describe.each([
  ['ES256', ec.privateKey],
  ['RS256', rsa.privateKey],
])('%s service account tokens', (algorithm, pem) => {
  const key = loadSigningKey(pem);
  let now = Date.now();
  let lookup: ObjectLookup = () => Promise.resolve({ uid: 'u1' });
  const authenticator = new ServiceAccountTokenAuthenticator({
    key,
    issuer,
    lookup: (...of) => lookup(...of),
    now: () => now,
  });
  const tokens = new ServiceAccountTokenIssuer(issuer, key);
  beforeEach(() => {
    now = Date.now();
    lookup = () => Promise.resolve({ uid: 'u1' });
  });

  it('name their account', async () => {
    expect(key.algorithm).toBe(algorithm);
    expect(await authenticator.authenticate(tokens.issue(subject).token, [issuer])).toMatchObject({
      kind: 'user',
      user: { name: 'system:serviceaccount:ns:sa', uid: 'u1' },
    });
  });
  it('expire', async () => {
    const { token } = tokens.issue(subject);
    now += 3_601_000;
    expect(await authenticator.authenticate(token, [issuer])).toMatchObject({ kind: 'rejected' });
  });
  it('end with their account, another of its name, and their pod', async () => {
    const { token } = tokens.issue({ ...subject, bound: { kind: 'Pod', name: 'p', uid: 'u1' } });
    expect(await authenticator.authenticate(token, [issuer])).toMatchObject({ kind: 'user' });
    lookup = (resource) => Promise.resolve(resource === 'pods' ? undefined : { uid: 'u1' });
    expect(await authenticator.authenticate(token, [issuer])).toMatchObject({ kind: 'rejected' });
    lookup = () => Promise.resolve({ uid: 'u2' });
    expect(await authenticator.authenticate(token, [issuer])).toMatchObject({ kind: 'rejected' });
  });
  it('are for their audience', async () => {
    const { token } = tokens.issue({ ...subject, audiences: ['vault'] });
    expect(await authenticator.authenticate(token, [issuer])).toMatchObject({ kind: 'rejected' });
    expect(await authenticator.authenticate(token, ['vault'])).toMatchObject({ kind: 'user' });
  });
  it('cannot be changed', async () => {
    const [header, , signature] = tokens.issue(subject).token.split('.');
    const [, claims] = tokens.issue({ ...subject, name: 'other' }).token.split('.');
    expect(await authenticator.authenticate(`${header}.${claims}.${signature}`, [issuer])).toEqual({ kind: 'none' });
  });
});
