import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { createAccount, createOperator, createUser, fromPublic, fromSeed } from '@nats-io/nkeys';

/** Whose a key is: its first letter says so. */
export type KeyKind = 'operator' | 'account' | 'user';

const makers = { operator: createOperator, account: createAccount, user: createUser };
const letters = { operator: 'O', account: 'A', user: 'U' };

/** A pair of NATS keys (Ed25519), in the texts that NATS has for them. */
export interface NkeyPair {
  publicKey: string;
  /** The secret half. */
  seed: string;
}

export function createNkey(kind: KeyKind): NkeyPair {
  const pair = makers[kind]();
  return { publicKey: pair.getPublicKey(), seed: Buffer.from(pair.getSeed()).toString() };
}

export function isPublicKey(kind: KeyKind, text: string): boolean {
  if (text[0] !== letters[kind] || !/^[A-Z2-7]{56}$/.test(text)) return false;
  try {
    fromPublic(text);
    return true;
  } catch {
    return false;
  }
}

/** Signs by Node's Ed25519: NATS' library does it in JavaScript, which takes two hundred times as long. */
export class NkeySigner {
  readonly publicKey: string;
  private readonly key: KeyObject;

  constructor(seed: string) {
    this.publicKey = fromSeed(Buffer.from(seed)).getPublicKey();
    const secret = fromBase32(seed).subarray(2, 34);
    const jwk = { kty: 'OKP', crv: 'Ed25519', d: secret.toString('base64url'), x: rawPublic(this.publicKey) };
    this.key = createPrivateKey({ key: jwk, format: 'jwk' });
  }

  sign(data: Uint8Array): Buffer {
    return sign(null, data, this.key);
  }
}

export function verifySignature(publicKey: string, data: Uint8Array, signature: Uint8Array): boolean {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: rawPublic(publicKey) }, format: 'jwk' });
  return verify(null, data, key, signature);
}

/** A letter's byte, the key, and a checksum that fromPublic has looked at. */
const rawPublic = (publicKey: string): string => fromBase32(publicKey).subarray(1, 33).toString('base64url');

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 without padding. */
function fromBase32(text: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const letter of text) {
    held = ((held << 5) | alphabet.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 0xff);
  }
  return Buffer.from(bytes);
}
