import { createHash, X509Certificate } from 'node:crypto';
import { testCertificate, type TestCertificate, type TestCertificateRequest } from '@nestor/testing';
import * as x509 from '@peculiar/x509';
import { CertificateAuthorities } from './certificate-authorities';
import { ClientCertificateAuthenticator, userFromSubject } from './client-certificate';
import type { PeerCertificate } from './peer-certificate';

const hour = 3_600_000;
const read = ({ certificatePem }: TestCertificate): X509Certificate => new X509Certificate(certificatePem);
const peer = (leaf: TestCertificate, ...intermediates: TestCertificate[]): PeerCertificate => ({
  leaf: read(leaf),
  intermediates: intermediates.map(read),
  endsAt: Date.parse(read(leaf).validTo),
});

describe('client certificates', () => {
  let root: TestCertificate;
  let authorities: CertificateAuthorities;
  let authenticator: ClientCertificateAuthenticator;
  const client = (more: Partial<TestCertificateRequest> = {}): Promise<TestCertificate> =>
    testCertificate({ issuer: root, subject: 'jane', usages: ['client'], ...more });
  const reasonOf = (of: PeerCertificate, now?: number): string => {
    const result = authenticator.authenticate(of, now);
    return result.kind === 'rejected' ? result.reason : result.kind;
  };

  beforeAll(async () => {
    root = await testCertificate({ subject: 'root', isAuthority: true });
  });
  beforeEach(() => {
    authorities = new CertificateAuthorities(root.certificatePem);
    authenticator = new ClientCertificateAuthenticator(authorities);
  });

  it('name a user, groups and their own fingerprint', async () => {
    const jane = await client({ subject: [{ O: ['dev'] }, { O: ['ops'] }, { CN: ['jane'] }] });
    expect(authenticator.authenticate(peer(jane))).toEqual({
      kind: 'user',
      user: {
        name: 'jane',
        groups: ['dev', 'ops', 'system:authenticated'],
        extra: {
          'authentication.kubernetes.io/credential-id': [
            `X509SHA256=${createHash('sha256').update(read(jane).raw).digest('hex')}`,
          ],
        },
      },
    });
  });

  it('may name a UID, and one only', () => {
    const uid = '1.3.6.1.4.1.57683.2';
    expect(userFromSubject({ CN: 'jane', [uid]: 'u1' })).toMatchObject({ name: 'jane', uid: 'u1' });
    expect(userFromSubject({ CN: 'jane', [uid]: ['u1', 'u2'] })).toBe('expected 1 UID, but found multiple: [u1 u2]');
    expect(userFromSubject({ CN: 'jane', [uid]: '' })).toBe('UID cannot be an empty string');
    expect(userFromSubject({ CN: ['x', 'jane'] })).toMatchObject({ name: 'jane' });
  });

  it('without a common name are nobody', async () => {
    expect(authenticator.authenticate(peer(await client({ subject: [{ O: ['dev'] }] })))).toEqual({ kind: 'none' });
  });

  it('end on a connection that was good', async () => {
    const one = peer(await client({ notAfter: new Date(Date.now() + hour) }));
    expect(reasonOf(one)).toBe('user');
    expect(reasonOf(one, Date.now() + 2 * hour)).toMatch(
      /^verifying certificate SN=\d+, SKID=[0-9A-F:]{59}, AKID= failed: x509: certificate has expired or is not yet valid: current time .* is after/,
    );
  });

  it('are good on a connection from the time they begin', async () => {
    const begins = Date.now() + hour;
    const middle = await testCertificate({
      issuer: root,
      subject: 'middle',
      isAuthority: true,
      notBefore: new Date(begins),
    });
    const all = [peer(await client({ notBefore: new Date(begins) })), peer(await client({ issuer: middle }), middle)];
    expect(all.map((one) => reasonOf(one))).toEqual([
      expect.stringContaining('is before'),
      expect.stringContaining('is before'),
    ]);
    expect(all.map((one) => reasonOf(one, begins + 1000))).toEqual(['user', 'user']);
  });

  it('are not checked anew with each request, be they good or not', async () => {
    const verify = jest.spyOn(authorities, 'verify');
    for (const one of [peer(await client()), peer(await client({ issuer: undefined }))]) {
      verify.mockClear();
      for (let seconds = 0; seconds < 60; seconds++) reasonOf(one, Date.now() + seconds * 1000);
      expect(verify).toHaveBeenCalledTimes(1);
    }
  });

  it('are believed again, or no more, with other authorities', async () => {
    const other = await testCertificate({ subject: 'other', isAuthority: true });
    const [ours, theirs] = [peer(await client()), peer(await client({ issuer: other }))];
    expect([reasonOf(ours), reasonOf(theirs)]).toEqual(['user', expect.stringContaining('unknown authority')]);
    authorities.replace(`${root.certificatePem}${other.certificatePem}`);
    expect([reasonOf(ours), reasonOf(theirs)]).toEqual(['user', 'user']);
    authorities.replace(other.certificatePem);
    expect([reasonOf(ours), reasonOf(theirs)]).toEqual([expect.stringContaining('unknown authority'), 'user']);
    expect(() => authorities.replace('nothing')).toThrow(/does not contain any valid/);
    expect(reasonOf(theirs)).toBe('user');
  });

  it('may come by way of intermediates', async () => {
    const middle = await testCertificate({ issuer: root, subject: 'middle', isAuthority: true, pathLength: 0 });
    const leaf = await client({ issuer: middle });
    expect(reasonOf(peer(leaf, middle))).toBe('user');
    expect(reasonOf(peer(leaf))).toMatch(/signed by unknown authority/);
    const under = await testCertificate({ issuer: middle, subject: 'under', isAuthority: true });
    expect(reasonOf(peer(await client({ issuer: under }), under, middle))).toMatch(/too many intermediates/);
    const limited = await testCertificate({ issuer: root, subject: 'limited', isAuthority: true, usages: ['server'] });
    expect(reasonOf(peer(await client({ issuer: limited }), limited))).toMatch(/incompatible key usage/);
  });

  it.each<[string, Partial<TestCertificateRequest> | (() => Promise<TestCertificate>), RegExp]>([
    ['that have ended', { notAfter: new Date(Date.now() - hour) }, /has expired or is not yet valid: .* is after/],
    ['of tomorrow', { notBefore: new Date(Date.now() + hour) }, /has expired or is not yet valid: .* is before/],
    ['of servers', { usages: ['server'] }, /incompatible key usage/],
    ['signed by themselves', { issuer: undefined }, /unknown authority/],
    [
      'of an authority of the same name',
      async () => client({ issuer: await testCertificate({ subject: 'root', isAuthority: true }) }),
      /unknown authority/,
    ],
    ['signed by a client', async () => client({ issuer: await client() }), /unknown authority/],
    [
      'with something critical that nobody understands',
      { extensions: [new x509.Extension('1.2.3.4', true, new Uint8Array([5, 0]))] },
      /unhandled critical extension/,
    ],
    [
      'of an authority that may sign for certain names only',
      async () =>
        client({
          issuer: await testCertificate({
            issuer: root,
            subject: 'named',
            isAuthority: true,
            extensions: [new x509.Extension('2.5.29.30', false, new Uint8Array([0x30, 0]))],
          }),
        }),
      /unknown authority/,
    ],
  ])('%s are refused', async (_, wrong, reason) => {
    const leaf = typeof wrong === 'function' ? await wrong() : await client(wrong);
    expect(reasonOf(peer(leaf))).toMatch(reason);
  });

  it('signed by a client that shows itself as the authority are refused', async () => {
    const middle = await client();
    expect(reasonOf(peer(await client({ issuer: middle, subject: 'admin' }), middle))).toMatch(
      /unknown authority|not authorized to sign/,
    );
  });

  it('of an authority for certain names are refused', async () => {
    const named = await testCertificate({
      issuer: root,
      subject: 'named',
      isAuthority: true,
      extensions: [new x509.Extension('2.5.29.30', false, new Uint8Array([0x30, 0]))],
    });
    expect(reasonOf(peer(await client({ issuer: named }), named))).toMatch(/unhandled critical extension/);
  });

  it('without a stated use are those of clients too, as in Go', async () => {
    expect(reasonOf(peer(await client({ usages: undefined })))).toBe('user');
  });
});
