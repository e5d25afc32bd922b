import { randomUUID, sign } from 'node:crypto';
import { serviceAccountUserName } from '../../user';
import type { Reference, ServiceAccountClaims } from './claims';
import type { SigningKey } from './keys';

export interface BoundObject extends Reference {
  kind: 'Pod' | 'Secret' | 'Node';
}

export interface TokenSubject {
  namespace: string;
  name: string;
  uid: string;
  audiences: readonly string[];
  expirationSeconds: number;
  bound?: BoundObject;
  /** The node of a bound pod, carried for the node's own checks. */
  node?: Reference;
  /** Seconds after which the use of the token is told of. */
  warnAfterSeconds?: number;
}

export interface IssuedToken {
  token: string;
  /** How audit events name it. */
  credentialId: string;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const credentialIdOf = (jti: string): string => `JTI=${jti}`;

export class ServiceAccountTokenIssuer {
  constructor(
    readonly issuer: string,
    private readonly key: SigningKey,
  ) {}

  issue(subject: TokenSubject, now = new Date()): IssuedToken {
    const jti = randomUUID();
    const claims = claimsFor(subject, { iss: this.issuer, jti, issuedAt: Math.floor(now.getTime() / 1000) });
    const { algorithm, hash, keyId, privateKey } = this.key;
    const signed = `${encode({ alg: algorithm, kid: keyId })}.${encode(claims)}`;
    const signature = sign(hash, Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return { token: `${signed}.${signature.toString('base64url')}`, credentialId: credentialIdOf(jti) };
  }
}

function claimsFor(
  subject: TokenSubject,
  { iss, jti, issuedAt }: { iss: string; jti: string; issuedAt: number },
): ServiceAccountClaims {
  const { namespace, name, uid, bound, node, warnAfterSeconds } = subject;
  return {
    aud: [...subject.audiences],
    exp: issuedAt + subject.expirationSeconds,
    iat: issuedAt,
    iss,
    jti,
    'kubernetes.io': {
      namespace,
      ...(node ? { node } : {}),
      ...(bound ? { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } } : {}),
      serviceaccount: { name, uid },
      ...(warnAfterSeconds ? { warnafter: issuedAt + warnAfterSeconds } : {}),
    },
    nbf: issuedAt,
    sub: serviceAccountUserName(namespace, name),
  };
}
