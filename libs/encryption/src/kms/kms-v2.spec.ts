import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { openEncryption, type Encryption } from '../open-encryption';
import { keyManagementService } from './grpc-key-server';

/** A key server as a plugin would be: real gRPC on a real socket, keys that it alone has. */
class TestPlugin {
  private readonly keys = new Map<string, Buffer>();
  private server = new grpc.Server();
  keyId = '';
  healthz = 'ok';
  version = 'v2';
  calls = { encrypt: 0, decrypt: 0 };

  rotate(): void {
    this.keyId = `key-${this.keys.size + 1}`;
    this.keys.set(this.keyId, randomBytes(32));
  }

  async start(endpoint: string): Promise<void> {
    this.server = new grpc.Server();
    const { service } = await keyManagementService();
    this.server.addService(service, {
      Status: (_: unknown, done: grpc.sendUnaryData<unknown>) =>
        done(null, { version: this.version, healthz: this.healthz, keyId: this.keyId }),
      Encrypt: (call: { request: { plaintext: Buffer } }, done: grpc.sendUnaryData<unknown>) => {
        this.calls.encrypt++;
        const nonce = randomBytes(12);
        const cipher = createCipheriv('aes-256-gcm', this.keys.get(this.keyId)!, nonce);
        const ciphertext = Buffer.concat([cipher.update(call.request.plaintext), cipher.final(), cipher.getAuthTag()]);
        done(null, { ciphertext, keyId: this.keyId, annotations: { 'nonce.example.com': nonce } });
      },
      Decrypt: (
        { request }: { request: { ciphertext: Buffer; keyId: string; annotations: Record<string, Buffer> } },
        done: grpc.sendUnaryData<unknown>,
      ) => {
        this.calls.decrypt++;
        const key = this.keys.get(request.keyId);
        if (!key) return done({ code: grpc.status.NOT_FOUND, details: `no key ${request.keyId}` });
        const end = request.ciphertext.length - 16;
        const cipher = createDecipheriv('aes-256-gcm', key, request.annotations['nonce.example.com']!);
        cipher.setAuthTag(request.ciphertext.subarray(end));
        done(null, { plaintext: Buffer.concat([cipher.update(request.ciphertext.subarray(0, end)), cipher.final()]) });
      },
    });
    await new Promise<void>((resolve, reject) =>
      this.server.bindAsync(endpoint, grpc.ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      ),
    );
  }

  stop(): void {
    this.server.forceShutdown();
  }
}

describe('a key server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nestor-kms-'));
  const endpoint = `unix://${join(folder, 'kms.sock')}`;
  const name = '/registry/secrets/default/s';
  const plain = Buffer.from('{"data":"hidden"}');
  let plugin: TestPlugin;
  const opened: Encryption[] = [];
  const open = async (timeout = '3s'): Promise<Encryption> => {
    const kms = { apiVersion: 'v2', name: 'vault', endpoint, timeout };
    const encryption = await openEncryption({
      resources: [{ resources: ['secrets'], providers: [{ kms }, { identity: {} }] }],
    });
    opened.push(encryption);
    return encryption;
  };

  beforeEach(async () => {
    plugin = new TestPlugin();
    plugin.rotate();
    await plugin.start(endpoint);
  });
  afterEach(() => {
    for (const encryption of opened.splice(0)) encryption.close();
    plugin.stop();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is asked once for many writes and reads', async () => {
    const encryption = (await open()).of('secrets')!;
    for (let count = 0; count < 50; count++) {
      const stored = await encryption.seal(plain, name);
      expect(stored.includes('hidden')).toBe(false);
      expect(await encryption.open(stored, name)).toEqual({ plain, isStale: false });
    }
    expect(plugin.calls).toEqual({ encrypt: 1, decrypt: 0 });
  });

  it('decrypts the seed of another process once, even when it writes with another key by now', async () => {
    const first = (await open()).of('secrets')!;
    const stored = [await first.seal(plain, name), await first.seal(plain, name)];
    plugin.rotate();
    const second = (await open()).of('secrets')!;
    for (const one of stored) expect(await second.open(one, name)).toEqual({ plain, isStale: true });
    expect(await second.open(await second.seal(plain, name), name)).toEqual({ plain, isStale: false });
    expect(plugin.calls).toEqual({ encrypt: 2, decrypt: 1 });
  });

  it('binds what it keeps to its object', async () => {
    const encryption = (await open()).of('secrets')!;
    const stored = await encryption.seal(plain, name);
    await expect(encryption.open(stored, '/registry/secrets/default/t')).rejects.toMatchObject({ code: 500 });
  });

  it('that is not well keeps encryption from starting and is told by the check', async () => {
    const encryption = await open();
    plugin.healthz = 'the vault is sealed';
    await expect(encryption.check()).rejects.toThrow('got unexpected healthz status: the vault is sealed');
    await expect(open()).rejects.toThrow(/KMS provider vault at unix:.*the vault is sealed/);
    plugin.healthz = 'ok';
    plugin.version = 'v1beta1';
    await expect(open()).rejects.toThrow(/version mismatch/);
  });

  it('that is away lets reads and writes go on for a while with the key at hand', async () => {
    const encryption = await open('500ms');
    const one = encryption.of('secrets')!;
    plugin.stop();
    expect(await one.open(await one.seal(plain, name), name)).toEqual({ plain, isStale: false });
    await expect(encryption.check()).rejects.toThrow(/KMS Status/);
    await expect(open('500ms')).rejects.toThrow(/KMS provider vault/);
  });
});
