import { randomBytes } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import type { Decrypted, Provider } from './provider';

const nonceBytes = 24;

/** NaCl's secretbox: XSalsa20 and Poly1305, with a random nonce long enough never to come twice. */
export class SecretboxProvider implements Provider {
  readonly prefix: string;
  constructor(
    keyName: string,
    private readonly key: Buffer,
  ) {
    this.prefix = `k8s:enc:secretbox:v1:${keyName}:`;
  }

  encrypt(plain: Buffer): Buffer {
    const nonce = randomBytes(nonceBytes);
    return Buffer.concat([nonce, xsalsa20poly1305(this.key, nonce).encrypt(plain)]);
  }

  decrypt(stored: Buffer): Decrypted {
    const box = xsalsa20poly1305(this.key, stored.subarray(0, nonceBytes));
    return { plain: Buffer.from(box.decrypt(stored.subarray(nonceBytes))), isStale: false };
  }
}
