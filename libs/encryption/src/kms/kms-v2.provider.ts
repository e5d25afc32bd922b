import { createHmac, randomBytes } from 'node:crypto';
import { isDns1123Subdomain } from '@nestor/api';
import { openGcm, sealGcm } from '../providers/aes-gcm.provider';
import type { Decrypted, Provider } from '../providers/provider';
import type { EncryptedSeed, KeyServer } from './key-server';
import { decodeSealed, encodeSealed } from './sealed-object';

interface Seed {
  plain: Buffer;
  encrypted: EncryptedSeed;
}

const seedBytes = 32;
const infoBytes = 32;
const maxKeyId = 1024;
const maxSeed = 1024;
const maxAnnotations = 32 * 1024;
/** How long a seed is used without a word of the key server: it may have changed its key meanwhile. */
const trustMs = 180_000;
/** How long the key server's word is good for before it is asked again. */
const statusMs = 60_000;

/**
 * Envelope encryption with a key server (KMS v2): a seed that only the server can decrypt, kept in memory, and for each
 * write a key of its own derived from the seed and 32 random bytes. The server is asked when its key changes, and once
 * for every seed that is met in the store.
 */
export class KmsProviderV2 implements Provider {
  readonly prefix: string;
  private current: Seed | undefined;
  private checkedAt = -Infinity;
  private checking: Promise<void> | undefined;
  private readonly known = new Map<string, Buffer>();

  constructor(
    private readonly name: string,
    private readonly server: KeyServer,
  ) {
    this.prefix = `k8s:enc:kms:v2:${name}:`;
  }

  async encrypt(plain: Buffer, context: Buffer): Promise<Buffer> {
    const { plain: seed, encrypted } = await this.writeSeed();
    const info = randomBytes(infoBytes);
    const data = Buffer.concat([info, sealGcm(derive(seed, info), plain, context)]);
    return encodeSealed({ seed: encrypted, data });
  }

  async decrypt(stored: Buffer, context: Buffer): Promise<Decrypted> {
    const sealed = decodeSealed(stored);
    const seed = await this.seedOf(sealed.seed);
    const info = sealed.data.subarray(0, infoBytes);
    const plain = openGcm(derive(seed, info), sealed.data.subarray(infoBytes), context);
    return { plain, isStale: sealed.seed.keyId !== this.current?.encrypted.keyId };
  }

  /** Asks the server how it is, and takes a new seed when its key is another. Callers at one time share the question. */
  check(): Promise<void> {
    this.checking ??= this.refresh().finally(() => (this.checking = undefined));
    return this.checking;
  }

  close(): void {
    this.server.close();
  }

  private async writeSeed(): Promise<Seed> {
    const age = Date.now() - this.checkedAt;
    if (age > statusMs) {
      const checked = this.check();
      // While the last word still holds, nobody waits for the next.
      if (this.current && age < trustMs) checked.catch(() => undefined);
      else await checked;
    }
    if (!this.current) throw new Error(`KMS provider ${this.name} has no key`);
    return this.current;
  }

  private async refresh(): Promise<void> {
    const { version, healthz, keyId } = await this.server.status();
    if (!/^v2(beta1)?$/.test(version)) throw new Error(`version mismatch, expected v2, got ${JSON.stringify(version)}`);
    if (healthz !== 'ok') throw new Error(`got unexpected healthz status: ${healthz}`);
    checkKeyId(keyId);
    if (this.current?.encrypted.keyId !== keyId) {
      const plain = randomBytes(seedBytes);
      const encrypted = checkSeed(await this.server.encrypt(plain));
      this.current = { plain, encrypted };
      this.known.set(seedKey(encrypted), plain);
    }
    this.checkedAt = Date.now();
  }

  private async seedOf(encrypted: EncryptedSeed): Promise<Buffer> {
    const key = seedKey(encrypted);
    const known = this.known.get(key);
    if (known) return known;
    const seed = await this.server.decrypt(encrypted);
    this.known.set(key, seed);
    return seed;
  }
}

/** HKDF-Expand with SHA-256 to one block: a key of 32 bytes. */
const derive = (seed: Buffer, info: Buffer): Buffer =>
  createHmac('sha256', seed)
    .update(info)
    .update(Buffer.from([1]))
    .digest();

const seedKey = ({ keyId, ciphertext }: EncryptedSeed): string => `${keyId}\0${ciphertext.toString('base64')}`;

function checkKeyId(keyId: string): void {
  if (keyId === '') throw new Error('keyID is empty');
  if (Buffer.byteLength(keyId) > maxKeyId) throw new Error(`keyID is too long, max size is ${maxKeyId} bytes`);
}

/** What a key server may answer (kmsv2 ValidateEncryptedObject). */
function checkSeed(seed: EncryptedSeed): EncryptedSeed {
  checkKeyId(seed.keyId);
  if (seed.ciphertext.length === 0) throw new Error('encrypted DEK source is empty');
  if (seed.ciphertext.length > maxSeed) {
    throw new Error(
      `encrypted DEK source is ${seed.ciphertext.length} bytes, which exceeds the max size of ${maxSeed}`,
    );
  }
  let size = 0;
  for (const [name, value] of Object.entries(seed.annotations)) {
    size += Buffer.byteLength(name) + value.length;
    if (isDns1123Subdomain(name).length > 0 || !name.includes('.')) {
      throw new Error(`annotation key ${JSON.stringify(name)} is no fully qualified domain name`);
    }
  }
  if (size > maxAnnotations) throw new Error(`total size of annotations is ${size}, which exceeds ${maxAnnotations}`);
  return seed;
}
