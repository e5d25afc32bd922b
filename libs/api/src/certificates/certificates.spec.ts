import { changed, created, createErrors, updateErrors } from '../../test/created';
import type { CertificateSigningRequest } from '../meta/json-types';
import { requestedOrganizations, requestProblem } from './pkcs10';

/** CN=joe, ECDSA on P-256. */
const request =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlISU1IQUNBUUF3RGpFTU1Bb0dBMVVFQXd3RGFtOWxNRmt3RXdZSEtvWkl6ajBDQVFZSUtvWkl6ajBEQVFjRApRZ0FFOUI5VHhTdlp0SjhicWtWbFh5RUUyUzM1Nk81MmVpMHAzNjRwYTFKaTl3RTZIeTNMTHA3TCtXVnVUKzFWCi9KbUhDQVZicHN0bTYwczkzYWdHd05zV2o2QUFNQW9HQ0NxR1NNNDlCQU1DQTBnQU1FVUNJRW1Xc1hKRHltQWMKLzdZWlBNUlljK1VtdThOcFA2R1gwYnVRcDZ4dm1JUDRBaUVBbEgrdXlIemNVcW1ENGxyaWxpVXF5VHFyUXAwRQpMelBRTStnZTYvVkZxZHc9Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=';
const manifest = {
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name: 'joe' },
  spec: { request, signerName: 'example.com/signer', usages: ['client auth'], username: 'root', extra: { a: ['b'] } },
};
const withConditions = (...types: string[]): typeof manifest =>
  changed(manifest, { status: { conditions: types.map((type) => ({ type, status: 'True' })) } });

describe('CertificateSigningRequest', () => {
  it('is of who created it, and decided by nobody', () => {
    const stored = created<CertificateSigningRequest>(withConditions('Approved'));
    expect(stored.spec).toMatchObject({ username: 'tester', groups: [] });
    expect(stored.spec).not.toHaveProperty('extra');
    expect(stored.status).toEqual({});
  });

  it.each<[string, object, string[]]>([
    ['all of it', {}, []],
    ['no usages', { usages: [] }, ['spec.usages: Required value']],
    ['a usage twice', { usages: ['any', 'any'] }, ['spec.usages[1]: Duplicate value: "any"']],
    [
      'a short life',
      { expirationSeconds: 599 },
      ['spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)'],
    ],
    [
      'a signer without a domain',
      { signerName: 'signer' },
      [
        'spec.signerName: Invalid value: "signer": must be a fully qualified domain and path of the form \'example.com/signer-name\'',
      ],
    ],
    [
      'no request',
      { request: 'eA==' },
      ['spec.request: Invalid value: "eA==": PEM block type must be CERTIFICATE REQUEST'],
    ],
  ])('checks %s', (_, spec, messages) => expect(createErrors(changed(manifest, { spec }))).toEqual(messages));

  it('tells the groups that are asked for', () => {
    // CN=a, O=g and O=h; nothing checks its signature here.
    const name = (oid: number, text: string): Buffer => {
      const value = Buffer.from([6, 3, 0x55, 4, oid, 12, text.length, ...Buffer.from(text)]);
      return Buffer.from([0x31, value.length + 2, 0x30, value.length, ...value]);
    };
    const wrapped = (...parts: Buffer[]): Buffer => {
      const content = Buffer.concat(parts);
      return Buffer.concat([Buffer.from([0x30, content.length]), content]);
    };
    const subject = wrapped(name(3, 'a'), name(10, 'g'), name(10, 'h'));
    const der = wrapped(wrapped(Buffer.from([2, 1, 0]), subject));
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    expect(requestedOrganizations(Buffer.from(pem).toString('base64'))).toEqual(['g', 'h']);
    expect(requestedOrganizations(request)).toEqual([]);
  });

  it('checks the signature of what is asked for', () => {
    expect(requestProblem(request)).toBeUndefined();
    const pem = Buffer.from(request, 'base64').toString();
    const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
    der.writeUInt8(der.readUInt8(der.indexOf('joe')) ^ 1, der.indexOf('joe'));
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    expect(requestProblem(Buffer.from(forged).toString('base64'))).toBe(
      'x509: signature is not that of the public key',
    );
  });

  it('is decided by /approval alone, once and one way', () => {
    const refused = 'status.conditions: Forbidden: updates may not add a condition of type "Approved"';
    expect(updateErrors(manifest, withConditions('Approved'), 'approval')).toEqual([]);
    expect(updateErrors(manifest, withConditions('Approved'), 'status')).toEqual([refused]);
    expect(updateErrors(manifest, withConditions('Approved', 'Denied'), 'approval')).toEqual([
      expect.stringContaining('Approved and Denied conditions are mutually exclusive'),
    ]);
  });
});
