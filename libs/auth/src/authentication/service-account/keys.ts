import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';

export type KeyAlgorithm = 'RS256' | 'ES256' | 'ES384' | 'ES512';

/** A public key that service account tokens are verified with. */
export interface VerificationKey {
  readonly algorithm: KeyAlgorithm;
  /** The digest that its signatures are over. */
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  /** The hash of the public key's DER form, as Kubernetes computes it. */
  readonly keyId: string;
  readonly publicKey: KeyObject;
}

/** The key pair service account tokens are signed with. */
export interface SigningKey extends VerificationKey {
  readonly privateKey: KeyObject;
}

const curves: Readonly<Record<string, Pick<VerificationKey, 'algorithm' | 'hash'>>> = {
  prime256v1: { algorithm: 'ES256', hash: 'sha256' },
  secp384r1: { algorithm: 'ES384', hash: 'sha384' },
  secp521r1: { algorithm: 'ES512', hash: 'sha512' },
};

export function loadSigningKey(pem: string | Buffer): SigningKey {
  const privateKey = createPrivateKey(pem);
  return { ...verificationKey(createPublicKey(privateKey)), privateKey };
}

/** Every key in a file: public ones, those of private ones and those of certificates (keyutil.ParsePublicKeysPEM). */
export function loadVerificationKeys(pem: string): VerificationKey[] {
  const blocks = pem.match(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g) ?? [];
  const keys = blocks.filter((block) => !block.startsWith('-----BEGIN EC PARAMETERS')).map(publicKeyIn);
  if (keys.length === 0) throw new Error('data does not contain any valid RSA or ECDSA public keys');
  return keys.map(verificationKey);
}

/** Keys by their id: a token says which it is signed with, and where it does not, each is tried. */
export class VerificationKeys {
  readonly all: readonly VerificationKey[];
  private readonly byId = new Map<string, VerificationKey>();

  constructor(keys: readonly VerificationKey[]) {
    for (const key of keys) if (!this.byId.has(key.keyId)) this.byId.set(key.keyId, key);
    this.all = [...this.byId.values()];
  }

  for(keyId: unknown): readonly VerificationKey[] {
    if (keyId === undefined || keyId === '') return this.all;
    const key = typeof keyId === 'string' ? this.byId.get(keyId) : undefined;
    return key ? [key] : [];
  }

  /** The JSON web key set published at /openid/v1/jwks. */
  jwks(): { keys: JsonWebKey[] } {
    return {
      keys: this.all.map(({ keyId, algorithm, publicKey }) => {
        const { kty, ...parts } = publicKey.export({ format: 'jwk' });
        return { use: 'sig', kty, kid: keyId, alg: algorithm, ...parts };
      }),
    };
  }
}

function publicKeyIn(block: string): KeyObject {
  if (block.startsWith('-----BEGIN CERTIFICATE-----')) return new X509Certificate(block).publicKey;
  return createPublicKey(block);
}

function verificationKey(publicKey: KeyObject): VerificationKey {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  const keyId = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
  if (type === 'rsa') return { algorithm: 'RS256', hash: 'sha256', keyId, publicKey };
  if (type !== 'ec') throw new TypeError(`a service account key must be EC or RSA, not ${type}`);
  const curve = curves[details?.namedCurve ?? ''];
  if (!curve) throw new TypeError('unknown private key curve, must be 256, 384, or 521');
  return { ...curve, keyId, publicKey };
}
