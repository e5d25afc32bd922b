import { createHash, type X509Certificate } from 'node:crypto';
import { asAuthenticated, type UserInfo } from '../../user';
import type { AuthenticationResult } from '../authenticator';
import type { CertificateAuthorities } from './certificate-authorities';
import { identifyCertificate } from './certificate-extensions';
import type { PeerCertificate } from './peer-certificate';
import { VerifiedPeers } from './verified-peers';

/** Where a certificate carries the UID of its user. */
const uidType = '1.3.6.1.4.1.57683.2';

/** Who connects with a client certificate: CN is the user, each O a group (k8s.io/apiserver request/x509). */
export class ClientCertificateAuthenticator {
  private readonly verified: VerifiedPeers<AuthenticationResult>;

  constructor(authorities: CertificateAuthorities) {
    this.verified = new VerifiedPeers(authorities, userOf);
  }

  authenticate(peer: PeerCertificate, now = Date.now()): AuthenticationResult {
    const answer = this.verified.answerFor(peer, now);
    if (typeof answer !== 'string') return answer;
    return { kind: 'rejected', reason: `verifying certificate ${identifyCertificate(peer.leaf)} failed: ${answer}` };
  }
}

function userOf(leaf: X509Certificate): AuthenticationResult {
  const user = userFromSubject(leaf.toLegacyObject().subject);
  if (typeof user === 'string') return { kind: 'rejected', reason: user };
  if (!user) return { kind: 'none' };
  const fingerprint = createHash('sha256').update(leaf.raw).digest('hex');
  return {
    kind: 'user',
    user: { ...user, extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] } },
  };
}

type Subject = Readonly<Record<string, string | string[] | undefined>>;

/** Undefined where the subject names nobody, a text where it does so wrongly. */
export function userFromSubject(subject: Subject): UserInfo | string | undefined {
  // Of several common names the last counts, as in Go's pkix.Name.
  const name = asList(subject['CN']).at(-1);
  if (!name) return undefined;
  const uids = asList(subject[uidType]);
  if (uids.length > 1) return `expected 1 UID, but found multiple: [${uids.join(' ')}]`;
  if (uids[0] === '') return 'UID cannot be an empty string';
  const [uid] = uids;
  return asAuthenticated({ name, ...(uid ? { uid } : {}), groups: asList(subject['O']) });
}

function asList(part: string | string[] | undefined): string[] {
  if (part === undefined) return [];
  return Array.isArray(part) ? part : [part];
}
