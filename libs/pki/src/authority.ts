import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

export const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const second = 1000;
const day = 24 * 3600 * second;
/** As kubeadm: authorities live ten years, what they issue one. */
const authoritySeconds = 3650 * 24 * 3600;
const leafSeconds = 365 * 24 * 3600;

export interface KeyPair {
  certificatePem: string;
  keyPem: string;
}

export type Authority = KeyPair;

export interface CertificateRequest {
  commonName: string;
  /** Kubernetes reads these as the groups of the user. */
  organizations?: readonly string[];
  /** DNS names and addresses a server answers for. */
  names?: readonly string[];
  usage: 'server' | 'client' | 'both';
  validSeconds?: number;
}

export async function createAuthority(commonName: string, validSeconds = authoritySeconds): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [commonName] }],
    ...validity(validSeconds),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: pem(certificate), keyPem: await exportKey(keys.privateKey) };
}

export async function issueCertificate(authority: Authority, request: CertificateRequest): Promise<KeyPair> {
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const { signingKey, signingAlgorithm } = await importSigningKey(authority);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [...(request.organizations ?? []).map((name) => ({ O: [name] })), { CN: [request.commonName] }],
    issuer: issuer.subject,
    ...validity(request.validSeconds ?? leafSeconds),
    signingAlgorithm,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(extendedUsages(request.usage)),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...subjectAlternativeNames(request.names),
    ],
  });
  return { certificatePem: pem(certificate), keyPem: await exportKey(keys.privateKey) };
}

/** For a server that nobody has given a certificate: one of an authority that exists for this moment only. */
export async function createSelfSigned(host: string, names: readonly string[] = []): Promise<KeyPair> {
  const authority = await createAuthority(`${host}-ca@${Math.floor(Date.now() / second)}`, leafSeconds);
  const own = await issueCertificate(authority, { commonName: host, names: [host, ...names], usage: 'server' });
  return { ...own, certificatePem: own.certificatePem + authority.certificatePem };
}

/** An authority's own key: ECDSA on P-256 or, for one brought along, RSA. */
export async function importSigningKey({ keyPem }: Authority) {
  const key = createPrivateKey(keyPem);
  const signingAlgorithm =
    key.asymmetricKeyType === 'rsa' ? ({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const) : algorithm;
  const der = key.export({ type: 'pkcs8', format: 'der' });
  return {
    signingAlgorithm,
    signingKey: await webcrypto.subtle.importKey('pkcs8', der, signingAlgorithm, false, ['sign']),
  };
}

function extendedUsages(usage: CertificateRequest['usage']): string[] {
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  return usage === 'both' ? [serverAuth, clientAuth] : [usage === 'server' ? serverAuth : clientAuth];
}

function subjectAlternativeNames(names: readonly string[] = []): x509.Extension[] {
  if (names.length === 0) return [];
  return [
    new x509.SubjectAlternativeNameExtension(
      names.map((name) => ({ type: isIP(name) ? ('ip' as const) : ('dns' as const), value: name })),
    ),
  ];
}

/** From a day ago, so that a peer whose clock runs behind accepts it; with a short life from a tenth of it ago. */
function validity(seconds: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  const life = seconds * second;
  return { notBefore: new Date(now - Math.min(day, life / 10)), notAfter: new Date(now + life) };
}

export function serialNumber(): string {
  const bytes = randomBytes(16);
  // Positive and without a leading zero byte, as DER wants it.
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

export async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}
