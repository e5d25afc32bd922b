import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { openEncryption } from './open-encryption';
import type { ProviderConfiguration } from './config/encryption-configuration';
import type { ResourceEncryption } from './resource-encryption';

const secret = (bytes = 32): string => randomBytes(bytes).toString('base64');
const name = '/registry/secrets/default/s';

async function encryptionOf(...providers: ProviderConfiguration[]): Promise<ResourceEncryption> {
  return (await openEncryption({ resources: [{ resources: ['secrets'], providers }] })).of('secrets')!;
}
const kinds = ['aesgcm', 'aescbc', 'secretbox'] as const;
const provider = (
  kind: (typeof kinds)[number],
  ...keys: { name: string; secret: string }[]
): ProviderConfiguration => ({
  [kind]: { keys },
});

describe.each(kinds)('%s', (kind) => {
  const one = { name: 'one', secret: secret() };
  const two = { name: 'two', secret: secret() };

  it('gives back what it took, whatever that is, and never the same bytes twice', async () => {
    const encryption = await encryptionOf(provider(kind, one));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        const plain = Buffer.from(bytes);
        const [first, second] = [await encryption.seal(plain, name), await encryption.seal(plain, name)];
        expect(first.equals(second)).toBe(false);
        if (plain.length > 8) expect(first.includes(plain)).toBe(false);
        expect(first.toString('latin1').startsWith(`k8s:enc:${kind}:v1:one:`)).toBe(true);
        expect(await encryption.open(first, name)).toEqual({ plain, isStale: false });
      }),
      { numRuns: 50 },
    );
  });

  it('reads with old keys and tells that they are old', async () => {
    const stored = await (await encryptionOf(provider(kind, one))).seal(Buffer.from('{}'), name);
    const after = await encryptionOf(provider(kind, two, one), { identity: {} });
    expect(await after.open(stored, name)).toEqual({ plain: Buffer.from('{}'), isStale: true });
    expect(await after.open(Buffer.from('{"plain":1}'), name)).toMatchObject({ isStale: true });
    await expect((await encryptionOf(provider(kind, two))).open(stored, name)).rejects.toMatchObject({
      reason: 'InternalError',
      message: expect.stringContaining('no matching prefix found'),
    });
  });

  it('tries every key of a name', async () => {
    const stored = await (await encryptionOf(provider(kind, one))).seal(Buffer.from('{"a":1}'), name);
    const renamed = await encryptionOf(provider(kind, { ...two, name: 'one' }, one));
    expect((await renamed.open(stored, name)).plain.toString()).toBe('{"a":1}');
  });

  it('sees when bytes were cut or changed', async () => {
    const encryption = await encryptionOf(provider(kind, one));
    const stored = await encryption.seal(Buffer.from(JSON.stringify({ data: 'x'.repeat(100) })), name);
    const prefix = `k8s:enc:${kind}:v1:one:`.length;
    for (let length = prefix; length < stored.length; length += 7) {
      await expect(encryption.open(stored.subarray(0, length), name)).rejects.toMatchObject({ code: 500 });
    }
    // CBC alone cannot tell: that is why the others exist.
    if (kind === 'aescbc') return;
    for (let at = prefix; at < stored.length; at += 5) {
      const changed = Buffer.from(stored);
      changed[at]! ^= 1;
      await expect(encryption.open(changed, name)).rejects.toMatchObject({ code: 500 });
    }
  });
});

describe('encryption', () => {
  it('binds AES-GCM ciphertext to its object', async () => {
    const encryption = await encryptionOf(provider('aesgcm', { name: 'k', secret: secret() }));
    const stored = await encryption.seal(Buffer.from('{}'), name);
    await expect(encryption.open(stored, '/registry/secrets/default/other')).rejects.toMatchObject({ code: 500 });
  });

  it('never takes ciphertext for an object', async () => {
    const stored = await (
      await encryptionOf(provider('secretbox', { name: 'k', secret: secret() }))
    ).seal(Buffer.from('{}'), name);
    await expect((await encryptionOf({ identity: {} })).open(stored, name)).rejects.toThrow(
      /tried to read encrypted data/,
    );
  });

  it('takes the first entry that covers a resource, and leaves the others as they are', async () => {
    const keys = [{ name: 'k', secret: secret() }];
    const encryption = await openEncryption({
      resources: [
        { resources: ['configmaps'], providers: [{ identity: {} }] },
        { resources: ['*.'], providers: [{ secretbox: { keys } }] },
      ],
    });
    const sealed = async (resource: string): Promise<string | undefined> =>
      (await encryption.of(resource)?.seal(Buffer.from('{}'), name))?.toString('latin1').slice(0, 17);
    expect(await sealed('configmaps')).toBe('{}');
    expect(await sealed('secrets')).toBe('k8s:enc:secretbox');
    expect(await sealed('deployments.apps')).toBeUndefined();
  });
});
