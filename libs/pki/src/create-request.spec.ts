import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createAuthority } from './authority';
import { createKey, createRequest, digestedName, isUsableKey } from './create-request';
import { readRequest, signRequest } from './sign-request';

const template = { commonName: 'system:node:n1', organizations: ['system:nodes'] };
const usages = ['digital signature', 'client auth'];

describe('certificate requests', () => {
  it('ask for a subject and names, and get a certificate for their key', async () => {
    const key = await createKey();
    const pem = await createRequest({ ...template, dnsNames: ['n1'], ipAddresses: ['10.0.0.1', '::1'] }, key);
    expect(readRequest(pem)).toMatchObject({
      ...template,
      dnsNames: ['n1'],
      ipAddresses: ['10.0.0.1', expect.stringMatching(/1$/)],
      emailAddresses: [],
      uris: [],
    });
    const life = { notBefore: new Date(), notAfter: new Date(Date.now() + 60_000) };
    const signed = new X509Certificate(await signRequest(await createAuthority('ca'), pem, { usages, ...life }));
    expect(signed.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(signed.subject).toBe('O=system:nodes\nCN=system:node:n1');
  });

  it('have no names where none are asked for', async () => {
    const pem = await createRequest(template, await createKey());
    expect(readRequest(pem)).toMatchObject({ dnsNames: [], ipAddresses: [] });
  });

  it('are called by their key and wishes', async () => {
    const [one, other] = [await createKey(), await createKey()];
    const name = digestedName(one, template, usages);
    expect(name).toMatch(/^node-csr-[\w-]{43}$/);
    expect(digestedName(one, template, usages)).toBe(name);
    expect(digestedName(other, template, usages)).not.toBe(name);
    expect(digestedName(one, { ...template, commonName: 'system:node:n2' }, usages)).not.toBe(name);
    expect(digestedName(one, template, ['server auth'])).not.toBe(name);
  });

  it('tell a key from something else', async () => {
    expect(isUsableKey(await createKey())).toBe(true);
    expect(isUsableKey('half a key')).toBe(false);
  });
});
