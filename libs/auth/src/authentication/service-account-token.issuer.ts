import { createHash, createPrivateKey, createPublicKey, JsonWebKey, KeyObject, randomUUID, sign } from 'node:crypto';
import { serviceAccountUserName } from '../user';
import type { ServiceAccountClaims } from './service-account-token.claims';

/** The key pair service account tokens are signed with: ECDSA P-256 (ES256) or RSA (RS256). */
export interface SigningKey {
  readonly algorithm: 'ES256' | 'RS256';
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export interface BoundObject {
  kind: 'Pod' | 'Secret' | 'Node';
  name: string;
  uid: string;
}

export interface TokenSubject {
  namespace: string;
  name: string;
  uid: string;
  audiences: readonly string[];
  expirationSeconds: number;
  bound?: BoundObject;
  /** The node of a bound pod, carried for the node's own checks. */
  node?: { name: string; uid: string };
}

export function loadSigningKey(pem: string | Buffer): SigningKey {
  const privateKey = createPrivateKey(pem);
  const publicKey = createPublicKey(privateKey);
  const type = privateKey.asymmetricKeyType;
  if (type !== 'ec' && type !== 'rsa') throw new TypeError(`a service account key must be EC or RSA, not ${type}`);
  // The key id is the hash of the public key's DER form, as Kubernetes computes it.
  const keyId = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
  return { algorithm: type === 'ec' ? 'ES256' : 'RS256', keyId, privateKey, publicKey };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export class ServiceAccountTokenIssuer {
  constructor(
    readonly issuer: string,
    private readonly key: SigningKey,
  ) {}

  issue(subject: TokenSubject, now = new Date()): { token: string; expires: Date } {
    const issuedAt = Math.floor(now.getTime() / 1000);
    const claims: ServiceAccountClaims = {
      aud: [...subject.audiences],
      exp: issuedAt + subject.expirationSeconds,
      iat: issuedAt,
      iss: this.issuer,
      jti: randomUUID(),
      'kubernetes.io': {
        namespace: subject.namespace,
        ...(subject.node ? { node: subject.node } : {}),
        ...(subject.bound
          ? { [subject.bound.kind.toLowerCase()]: { name: subject.bound.name, uid: subject.bound.uid } }
          : {}),
        serviceaccount: { name: subject.name, uid: subject.uid },
      },
      nbf: issuedAt,
      sub: serviceAccountUserName(subject.namespace, subject.name),
    };
    const signed = `${encode({ alg: this.key.algorithm, kid: this.key.keyId })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), { key: this.key.privateKey, dsaEncoding: 'ieee-p1363' });
    return { token: `${signed}.${signature.toString('base64url')}`, expires: new Date(claims.exp * 1000) };
  }

  /** The JSON web key set published at /openid/v1/jwks. */
  jwks(): { keys: JsonWebKey[] } {
    const jwk = this.key.publicKey.export({ format: 'jwk' });
    return { keys: [{ use: 'sig', kid: this.key.keyId, alg: this.key.algorithm, ...jwk }] };
  }
}
