import { X509Certificate } from 'node:crypto';
import { signedPartOf, testCertificate, type TestCertificate } from '@nestor/testing';
import fc from 'fast-check';
import { CertificateAuthorities, certificatesIn } from './certificate-authorities';
import { ClientCertificateAuthenticator } from './client-certificate';

const runs = { numRuns: 3000 };
const derOf = ({ certificatePem }: TestCertificate): Buffer => new X509Certificate(certificatePem).raw;

/** Undefined for bytes that TLS would not take for a certificate either. */
function read(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

const spoil = (der: Buffer): fc.Arbitrary<Buffer> => {
  const edit = fc.record({ from: fc.nat(), length: fc.nat({ max: 3 }), bytes: fc.uint8Array({ maxLength: 3 }) });
  return fc.array(edit, { minLength: 1, maxLength: 3 }).map((edits) =>
    edits.reduce((bytes, { from, length, bytes: others }) => {
      const at = from % (bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, at), others, bytes.subarray(at + length)]);
    }, der),
  );
};
/** Of the same length, so that it is still read as a certificate most of the time. */
const flip = (der: Buffer): fc.Arbitrary<Buffer> =>
  fc
    .array(fc.tuple(fc.nat({ max: der.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 })
    .map((flips) => {
      const bytes = Buffer.from(der);
      for (const [at, value] of flips) bytes[at] = value;
      return bytes;
    });

describe('certificates with whatever in them', () => {
  let root: TestCertificate;
  let jane: Buffer;
  let authenticator: ClientCertificateAuthenticator;
  let isRead = 0;

  beforeAll(async () => {
    root = await testCertificate({ subject: 'root', isAuthority: true });
    jane = derOf(
      await testCertificate({ issuer: root, subject: [{ O: ['dev'] }, { CN: ['jane'] }], usages: ['client'] }),
    );
    authenticator = new ClientCertificateAuthenticator(new CertificateAuthorities(root.certificatePem));
  });

  function check(der: Buffer, ...intermediates: Buffer[]): void {
    const leaf = read(der);
    if (!leaf) return;
    isRead++;
    const between = intermediates.flatMap((one) => read(one) ?? []);
    const result = authenticator.authenticate({ leaf, intermediates: between, endsAt: Date.parse(leaf.validTo) });
    if (result.kind !== 'user') return;
    // A signature may be written in another way.
    expect(signedPartOf(leaf.raw)).toEqual(signedPartOf(jane));
    expect(result.user).toMatchObject({ name: 'jane', groups: ['dev', 'system:authenticated'] });
  }

  it('prove nobody but whom the authority signed for', () => {
    fc.assert(
      fc.property(flip(jane), (der) => check(der)),
      runs,
    );
    fc.assert(
      fc.property(spoil(jane), (der) => check(der)),
      runs,
    );
    expect(isRead).toBeGreaterThan(500);
  });

  it('prove nobody behind others that are as bad', async () => {
    const between = await testCertificate({ issuer: root, subject: 'between', isAuthority: true });
    const leaf = derOf(await testCertificate({ issuer: between, subject: 'ann', usages: ['client'] }));
    const result = (authority: Buffer): string => {
      const parts = { leaf: read(leaf)!, intermediates: [read(authority)].flatMap((one) => one ?? []), endsAt: 0 };
      return authenticator.authenticate(parts).kind;
    };
    const good = derOf(between);
    expect(result(good)).toBe('user');
    fc.assert(
      fc.property(flip(good), (authority) => {
        const found = read(authority);
        if (found && signedPartOf(found.raw).equals(signedPartOf(good))) return;
        expect(result(authority)).toBe('rejected');
      }),
      runs,
    );
  });

  it('with a negative number are told of as others are', () => {
    const der = Buffer.from(jane);
    // The serial number follows the version: [0] { INTEGER 2 } INTEGER.
    const at = der.indexOf(Buffer.from([0xa0, 0x03, 0x02, 0x01, 0x02, 0x02]));
    der[at + 7] = 0x9f;
    const leaf = new X509Certificate(der);
    expect(leaf.serialNumber).toMatch(/^-/);
    expect(authenticator.authenticate({ leaf, intermediates: [], endsAt: 0 })).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(/^verifying certificate SN=-\d+, /) as string,
    });
  });

  it('are found in files, or refused', () => {
    const pem = fc
      .tuple(fc.constant(root.certificatePem), fc.nat(), fc.string({ maxLength: 4 }))
      .map(([text, from, other]) => {
        const at = from % text.length;
        return `${text.slice(0, at)}${other}${text.slice(at + other.length)}`;
      });
    fc.assert(
      fc.property(pem, (text) => {
        let authorities: CertificateAuthorities;
        try {
          authorities = new CertificateAuthorities(text);
        } catch (error) {
          expect(typeof (error as Error).message).toBe('string');
          return;
        }
        expect(certificatesIn(text)).toHaveLength(1);
        expect(typeof authorities.verify(new X509Certificate(jane), []).isGood).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });
});
