import { createCipheriv, createDecipheriv, randomBytes, type CipherGCMTypes } from 'node:crypto';
import type { Decrypted, Provider } from './provider';

const nonceBytes = 12;
const tagBytes = 16;

/** AES-GCM with a random nonce, bound to the object. A key is good for some 200,000 writes before it should be changed. */
export class AesGcmProvider implements Provider {
  readonly prefix: string;
  constructor(
    keyName: string,
    private readonly key: Buffer,
  ) {
    this.prefix = `k8s:enc:aesgcm:v1:${keyName}:`;
  }

  encrypt(plain: Buffer, context: Buffer): Buffer {
    return sealGcm(this.key, plain, context);
  }

  decrypt(stored: Buffer, context: Buffer): Decrypted {
    return { plain: openGcm(this.key, stored, context), isStale: false };
  }
}

/** nonce, ciphertext, tag. */
export function sealGcm(key: Buffer, plain: Buffer, context: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(cipherName(key), key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(context);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

export function openGcm(key: Buffer, stored: Buffer, context: Buffer): Buffer {
  if (stored.length < nonceBytes + tagBytes) throw new Error('the stored data was shorter than the required size');
  const end = stored.length - tagBytes;
  const decipher = createDecipheriv(cipherName(key), key, stored.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(context);
  decipher.setAuthTag(stored.subarray(end));
  return Buffer.concat([decipher.update(stored.subarray(nonceBytes, end)), decipher.final()]);
}

const cipherName = (key: Buffer): CipherGCMTypes => `aes-${key.length * 8}-gcm` as CipherGCMTypes;
