import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { UserInfo, withAuthenticatedGroup } from '../user';
import type { AuthenticationResult } from './authenticator';

const known = new WeakMap<TLSSocket, AuthenticationResult>();

function asList(part: string | string[] | undefined): string[] {
  if (part === undefined) return [];
  return Array.isArray(part) ? part : [part];
}

/** CN is the user, each O a group (x509.CommonNameUserConversion). */
export function userFromSubject(subject: { CN?: string | string[]; O?: string | string[] }): UserInfo | undefined {
  const name = asList(subject.CN)[0];
  if (!name) return undefined;
  return { name, groups: withAuthenticatedGroup(asList(subject.O)) };
}

/**
 * The identity of a connection's client certificate. A handshake proves it once, so the answer is kept per socket:
 * reading a peer certificate costs more than the rest of authentication.
 */
export function authenticateCertificate(socket: TLSSocket): AuthenticationResult {
  const cached = known.get(socket);
  if (cached !== undefined) return cached;
  const result = readCertificate(socket);
  known.set(socket, result);
  return result;
}

function readCertificate(socket: TLSSocket): AuthenticationResult {
  const certificate = socket.getPeerCertificate();
  if (!certificate || Object.keys(certificate).length === 0) return { kind: 'none' };
  // authorizationError is a code string at run time, whatever its declared type says.
  if (!socket.authorized) return { kind: 'rejected', reason: `x509: ${String(socket.authorizationError)}` };
  const user = userFromSubject(certificate.subject);
  if (!user) return { kind: 'rejected', reason: 'x509: the certificate has no common name' };
  const fingerprint = createHash('sha256').update(certificate.raw).digest('hex');
  return {
    kind: 'user',
    user: { ...user, extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] } },
  };
}
