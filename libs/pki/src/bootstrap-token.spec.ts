import { createHash, createPublicKey } from 'node:crypto';
import { createAuthority } from './authority';
import {
  authorityHash,
  createBootstrapToken,
  detachedSignature,
  isSignedBy,
  parseAuthorityHash,
  parseBootstrapToken,
} from './bootstrap-token';

describe('bootstrap tokens', () => {
  const token = { id: 'abcdef', secret: '0123456789abcdef' };

  it('have an id and a secret', () => {
    expect(parseBootstrapToken('abcdef.0123456789abcdef')).toEqual(token);
    expect(parseBootstrapToken(createBootstrapToken())).toBeDefined();
    expect(createBootstrapToken()).not.toBe(createBootstrapToken());
  });
  it.each(['', 'abcdef', 'abcdef.0123456789abcde', 'ABCDEF.0123456789abcdef', 'abcdef.0123456789abcdef\n'])(
    '%j is none',
    (text) =>
      expect(() => parseBootstrapToken(text)).toThrow(
        `the bootstrap token ${JSON.stringify(text)} was not of the form "\\A([a-z0-9]{6})\\.([a-z0-9]{16})\\z"`,
      ),
  );

  it('sign content that only they can have signed', () => {
    const signature = detachedSignature('content', token);
    expect(signature).toMatch(/^eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9\.\.[\w-]{43}$/);
    expect(isSignedBy(token, 'content', signature)).toBe(true);
    expect(isSignedBy(token, 'other content', signature)).toBe(false);
    expect(isSignedBy({ ...token, secret: 'fedcba9876543210' }, 'content', signature)).toBe(false);
    expect(isSignedBy(token, 'content', 'short')).toBe(false);
  });
});

describe('the hash of an authority', () => {
  it('is that of its public key', async () => {
    const { certificatePem, keyPem } = await createAuthority('ca');
    const key = createPublicKey(keyPem).export({ type: 'spki', format: 'der' });
    expect(authorityHash(certificatePem)).toBe(`sha256:${createHash('sha256').update(key).digest('hex')}`);
    expect(parseAuthorityHash(authorityHash(certificatePem).toUpperCase())).toBe(authorityHash(certificatePem));
  });
  it.each([
    ['abc', 'invalid hash, expected "format:hex-value". Known format(s) are: sha256'],
    ['md5:abc', 'unknown hash format "md5". Known format(s) are: sha256'],
    ['sha256:abc', 'invalid hash "sha256:abc", expected a 32 byte SHA-256 hash in hex'],
  ])('%s is none', (text, message) => expect(() => parseAuthorityHash(text)).toThrow(message));
});
