import { createHash, createHmac, randomInt, timingSafeEqual, X509Certificate } from 'node:crypto';
import { readBootstrapToken, type BootstrapToken } from '@nestor/formats';

/** Of the keys in cluster-info's data. */
export const signaturePrefix = 'jws-kubeconfig-';

export const bootstrapTokenIdPattern = String.raw`\A([a-z0-9]{6})\z`;
export const bootstrapTokenPattern = String.raw`\A([a-z0-9]{6})\.([a-z0-9]{16})\z`;

export function parseBootstrapToken(text: string): BootstrapToken {
  const token = readBootstrapToken(text);
  if (token) return token;
  throw new Error(`the bootstrap token ${JSON.stringify(text)} was not of the form "${bootstrapTokenPattern}"`);
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

export function createBootstrapToken(): string {
  const random = (length: number): string => Array.from({ length }, () => letters[randomInt(letters.length)]).join('');
  return `${random(6)}.${random(16)}`;
}

/** A compact JWS without its content, which the reader has already. */
export function detachedSignature(content: string, { id, secret }: BootstrapToken): string {
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: id })).toString('base64url');
  const signed = `${header}.${Buffer.from(content).toString('base64url')}`;
  return `${header}..${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

export function isSignedBy(token: BootstrapToken, content: string, signature: string): boolean {
  const [given, expected] = [Buffer.from(signature), Buffer.from(detachedSignature(content, token))];
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** By which a joining node knows the cluster's authority: the hash of its public key (RFC 7469). */
export function authorityHash(certificatePem: string): string {
  const key = new X509Certificate(certificatePem).publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}

/** The hash in its one spelling; throws where it is none. */
export function parseAuthorityHash(text: string): string {
  const [format, value, ...rest] = text.split(':');
  if (value === undefined || rest.length > 0) {
    throw new Error('invalid hash, expected "format:hex-value". Known format(s) are: sha256');
  }
  if (format?.toLowerCase() !== 'sha256') {
    throw new Error(`unknown hash format ${JSON.stringify(format)}. Known format(s) are: sha256`);
  }
  if (!/^[0-9a-f]{64}$/i.test(value)) throw new Error(`invalid hash "${text}", expected a 32 byte SHA-256 hash in hex`);
  return `sha256:${value.toLowerCase()}`;
}
