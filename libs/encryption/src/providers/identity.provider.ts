import type { Decrypted, Provider } from './provider';

const encrypted = Buffer.from('k8s:enc:');

/** No encryption. First in a list it turns encryption off; further down it lets plain objects be read. */
export class IdentityProvider implements Provider {
  readonly prefix = '';

  encrypt(plain: Buffer): Buffer {
    return plain;
  }

  decrypt(stored: Buffer): Decrypted {
    // Ciphertext must never be taken for an object.
    if (stored.subarray(0, encrypted.length).equals(encrypted)) {
      throw new Error('identity transformer tried to read encrypted data');
    }
    return { plain: stored, isStale: false };
  }
}
