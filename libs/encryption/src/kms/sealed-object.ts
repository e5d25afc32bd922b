import type { EncryptedSeed } from './key-server';

/** What is stored: the seed as the key server encrypted it, and the object under a key derived from it. */
export interface SealedObject {
  seed: EncryptedSeed;
  data: Buffer;
}

interface Header {
  keyID: string;
  seed: string;
  annotations: Record<string, string>;
}

const lengthBytes = 4;

/** The header's length, the header as JSON, the data. */
export function encodeSealed({ seed, data }: SealedObject): Buffer {
  const annotations = Object.entries(seed.annotations).map(([name, value]) => [name, value.toString('base64')]);
  const header: Header = {
    keyID: seed.keyId,
    seed: seed.ciphertext.toString('base64'),
    annotations: Object.fromEntries(annotations) as Record<string, string>,
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, text, data]);
}

export function decodeSealed(stored: Buffer): SealedObject {
  const length = stored.length >= lengthBytes ? stored.readUInt32BE() : Infinity;
  if (lengthBytes + length > stored.length) throw new Error('the stored data was shorter than the required size');
  const { keyID, seed, annotations } = JSON.parse(
    stored.subarray(lengthBytes, lengthBytes + length).toString(),
  ) as Header;
  const bytes = Object.entries(annotations).map(([name, value]) => [name, Buffer.from(value, 'base64')]);
  return {
    seed: {
      keyId: keyID,
      ciphertext: Buffer.from(seed, 'base64'),
      annotations: Object.fromEntries(bytes) as Record<string, Buffer>,
    },
    data: stored.subarray(lengthBytes + length),
  };
}
