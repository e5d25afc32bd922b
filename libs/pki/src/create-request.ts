import 'reflect-metadata';
import { createHash, createPrivateKey, createPublicKey, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { algorithm, exportKey } from './authority';

export interface RequestTemplate {
  commonName: string;
  organizations: readonly string[];
  dnsNames?: readonly string[];
  ipAddresses?: readonly string[];
}

/** A key for a request, PKCS#8 in PEM. */
export async function createKey(): Promise<string> {
  const { privateKey } = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  return exportKey(privateKey);
}

/** A PKCS#10 request in PEM, signed by the key it is for. */
export async function createRequest(template: RequestTemplate, keyPem: string): Promise<string> {
  const { commonName, organizations, dnsNames = [], ipAddresses = [] } = template;
  const names = [...dnsNames, ...ipAddresses].map((value) => ({
    type: isIP(value) ? ('ip' as const) : ('dns' as const),
    value,
  }));
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [...organizations.map((name) => ({ O: [name] })), { CN: [commonName] }],
    keys: await importPair(keyPem),
    signingAlgorithm: algorithm,
    extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
  });
  return `${request.toString('pem')}\n`;
}

/** Whether the text is a key that requests can be made with. */
export function isUsableKey(keyPem: string): boolean {
  try {
    return createPrivateKey(keyPem).asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}

/** A name for a request that another attempt with the same key and wishes finds again (bootstrap.digestedName of the kubelet). */
export function digestedName(
  keyPem: string,
  { commonName, organizations }: RequestTemplate,
  usages: readonly string[],
) {
  const key = createPublicKey(keyPem).export({ type: 'spki', format: 'der' });
  const hash = createHash('sha512-256');
  // A delimiter that base64url has not, so that no two inputs run into the same stream.
  for (const part of [key, commonName, ...organizations, ...usages]) {
    hash.update(`${Buffer.from(part).toString('base64url')}|`);
  }
  return `node-csr-${hash.digest('base64url')}`;
}

async function importPair(keyPem: string): Promise<webcrypto.CryptoKeyPair> {
  const pkcs8 = createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'der' });
  const spki = createPublicKey(keyPem).export({ type: 'spki', format: 'der' });
  const [privateKey, publicKey] = await Promise.all([
    webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']),
    webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
  ]);
  return { privateKey, publicKey };
}
