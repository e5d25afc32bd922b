import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Decrypted, Provider } from './provider';

const blockBytes = 16;

/** AES-CBC with PKCS#7 padding. It does not tell changed bytes from whole ones: here for data that has it already. */
export class AesCbcProvider implements Provider {
  readonly prefix: string;
  constructor(
    keyName: string,
    private readonly key: Buffer,
  ) {
    this.prefix = `k8s:enc:aescbc:v1:${keyName}:`;
  }

  encrypt(plain: Buffer): Buffer {
    const vector = randomBytes(blockBytes);
    const cipher = createCipheriv(this.cipherName, this.key, vector);
    return Buffer.concat([vector, cipher.update(plain), cipher.final()]);
  }

  decrypt(stored: Buffer): Decrypted {
    if (stored.length < 2 * blockBytes || stored.length % blockBytes !== 0) {
      throw new Error('the stored data is not a multiple of the block size');
    }
    const decipher = createDecipheriv(this.cipherName, this.key, stored.subarray(0, blockBytes));
    const plain = Buffer.concat([decipher.update(stored.subarray(blockBytes)), decipher.final()]);
    return { plain, isStale: false };
  }

  private get cipherName(): string {
    return `aes-${this.key.length * 8}-cbc`;
  }
}
