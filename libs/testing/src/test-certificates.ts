import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const day = 86_400_000;

export interface TestCertificate {
  certificatePem: string;
  keyPem: string;
}

export interface TestCertificateRequest {
  /** Who signs it; itself where there is nobody. */
  issuer?: TestCertificate;
  /** As in [{ O: ['a'] }, { CN: ['b'] }], or a common name. */
  subject: string | x509.JsonName;
  /** DNS names and addresses. */
  names?: readonly string[];
  notBefore?: Date;
  notAfter?: Date;
  /** Extended usages: undefined leaves the extension out. */
  usages?: readonly ('client' | 'server')[];
  isAuthority?: boolean;
  pathLength?: number;
  extensions?: readonly x509.Extension[];
}

/** A certificate with whatever may be wrong with one, for tests of those who judge them. */
export async function testCertificate(request: TestCertificateRequest): Promise<TestCertificate> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const issuer = request.issuer && new x509.X509Certificate(request.issuer.certificatePem);
  const subject = typeof request.subject === 'string' ? [{ CN: [request.subject] }] : request.subject;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomBytes(8).toString('hex').replace(/^./, '4'),
    subject,
    issuer: issuer?.subject ?? new x509.Name(subject).toString(),
    notBefore: request.notBefore ?? new Date(Date.now() - day),
    notAfter: request.notAfter ?? new Date(Date.now() + day),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: request.issuer ? await signingKey(request.issuer) : keys.privateKey,
    extensions: [...(await extensionsOf(request, keys.publicKey)), ...(request.extensions ?? [])],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { certificatePem: `${certificate.toString('pem')}\n`, keyPem: `${key}\n` };
}

/** What of a certificate's DER its authority has signed: SEQUENCE { tbsCertificate SEQUENCE ... }. */
export function signedPartOf(der: Buffer): Buffer {
  const lengthAt = (at: number): { head: number; length: number } => {
    const first = der[at + 1] ?? 0;
    const bytes = first < 0x80 ? 0 : first - 0x80;
    return { head: 2 + bytes, length: bytes === 0 ? first : der.readUIntBE(at + 2, bytes) };
  };
  const start = lengthAt(0).head;
  const { head, length } = lengthAt(start);
  return der.subarray(start, start + head + length);
}

async function extensionsOf(
  { isAuthority = false, pathLength, usages, names = [] }: TestCertificateRequest,
  publicKey: webcrypto.CryptoKey,
): Promise<x509.Extension[]> {
  const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
  return [
    new x509.BasicConstraintsExtension(isAuthority, pathLength, true),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ...(usages
      ? [new x509.ExtendedKeyUsageExtension(usages.map((use) => (use === 'client' ? clientAuth : serverAuth)))]
      : []),
    ...(names.length > 0
      ? [
          new x509.SubjectAlternativeNameExtension(
            names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
          ),
        ]
      : []),
  ];
}

async function signingKey({ keyPem }: TestCertificate): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}
