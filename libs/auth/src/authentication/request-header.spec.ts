import { X509Certificate } from 'node:crypto';
import { testCertificate, type TestCertificate } from '@nestor/testing';
import { CertificateAuthorities } from './certificates/certificate-authorities';
import type { PeerCertificate } from './certificates/peer-certificate';
import { RequestHeaderAuthenticator } from './request-header';

const headers = {
  username: ['X-Remote-User', 'X-Other-User'],
  uid: ['X-Remote-Uid'],
  group: ['X-Remote-Group', 'X-Other-Group'],
  extraPrefixes: ['X-Remote-Extra-'],
};

describe('a front proxy', () => {
  let authority: TestCertificate;
  let proxy: PeerCertificate;
  const peer = async (subject: string, issuer = authority): Promise<PeerCertificate> => {
    const { certificatePem } = await testCertificate({ issuer, subject, usages: ['client'] });
    return { leaf: new X509Certificate(certificatePem), intermediates: [], endsAt: Date.now() };
  };
  const open = (allowedNames: string[] = ['proxy']) =>
    new RequestHeaderAuthenticator({
      authorities: new CertificateAuthorities(authority.certificatePem),
      allowedNames,
      headers,
    });

  beforeAll(async () => {
    authority = await testCertificate({ subject: 'proxies', isAuthority: true });
    proxy = await peer('proxy');
  });

  it('says for whom it asks', () => {
    const raw = ['x-remote-user', 'alice', 'X-REMOTE-USER', 'bob', 'X-Remote-Group', 'a', 'X-Remote-Group', ''];
    raw.push('X-Other-Group', 'b', 'X-Remote-Uid', 'u', 'X-Remote-Extra-Acme.com%2Froom', 'r1');
    raw.push('x-remote-extra-acme.com%2froom', 'r2', 'X-Remote-Extra-__proto__', 'p', 'X-Remote-Extra-%zz', 'z');
    expect(open().authenticate(proxy, raw)).toEqual({
      kind: 'user',
      user: {
        name: 'alice',
        uid: 'u',
        groups: ['a', 'b', 'system:authenticated'],
        extra: Object.fromEntries([
          ['acme.com/room', ['r1', 'r2']],
          ['__proto__', ['p']],
          ['%zz', ['z']],
        ]),
      },
    });
  });

  it('names the user in the first header that has a value', () => {
    const found = open().authenticate(proxy, ['X-Remote-User', '', 'X-Other-User', 'carol']);
    expect(found).toMatchObject({ kind: 'user', user: { name: 'carol' } });
  });

  it('that names nobody has shown nothing', () => {
    expect(open().authenticate(proxy, ['X-Remote-Group', 'system:masters'])).toEqual({ kind: 'none' });
  });

  it('must have one of the names, and the right authority', async () => {
    const raw = ['X-Remote-User', 'alice'];
    expect(open().authenticate(await peer('other'), raw)).toEqual({
      kind: 'rejected',
      reason: 'x509: subject with cn=other is not in the allowed list',
    });
    expect(open([]).authenticate(await peer('other'), raw)).toMatchObject({ kind: 'user' });
    const impostor = await testCertificate({ subject: 'proxies', isAuthority: true });
    expect(open().authenticate(await peer('proxy', impostor), raw)).toEqual({
      kind: 'rejected',
      reason: 'x509: certificate signed by unknown authority',
    });
  });
});
