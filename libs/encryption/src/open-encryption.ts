import type { EncryptionConfiguration, ProviderConfiguration } from './config/encryption-configuration';
import { covers, parsePattern, type ResourcePattern } from './config/resource-pattern';
import { AesCbcProvider } from './providers/aes-cbc.provider';
import { AesGcmProvider } from './providers/aes-gcm.provider';
import { IdentityProvider } from './providers/identity.provider';
import type { Provider } from './providers/provider';
import { SecretboxProvider } from './providers/secretbox.provider';
import type { KmsProviderV2 } from './kms/kms-v2.provider';
import { openKmsV2 } from './kms/open-kms-v2';
import { ResourceEncryption } from './resource-encryption';

/** A configuration at work. */
export interface Encryption {
  /** By resourceKey(); undefined for what is stored as it is. */
  of(resource: string): ResourceEncryption | undefined;
  /** Rejects with what a key server says is wrong. */
  check(): Promise<void>;
  close(): void;
}

/** Makes the providers. Key servers are asked for their key, so that one that is away is known at once. */
export async function openEncryption({ resources }: EncryptionConfiguration): Promise<Encryption> {
  const servers: KmsProviderV2[] = [];
  const entries: { patterns: ResourcePattern[]; encryption: ResourceEncryption }[] = [];
  try {
    for (const entry of resources) {
      const providers: Provider[] = [];
      for (const one of entry.providers) providers.push(...(await open(one, servers)));
      entries.push({ patterns: entry.resources.map(parsePattern), encryption: new ResourceEncryption(providers) });
    }
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
  const found = new Map<string, ResourceEncryption | undefined>();
  return {
    of(resource) {
      // Looked up for every write and read; the patterns are gone through once for each resource.
      if (!found.has(resource)) found.set(resource, firstCovering(entries, resource));
      return found.get(resource);
    },
    check: async () => void (await Promise.all(servers.map((server) => server.check()))),
    close: () => servers.forEach((server) => server.close()),
  };
}

/** A resource takes the first entry that covers it. */
function firstCovering(
  entries: readonly { patterns: ResourcePattern[]; encryption: ResourceEncryption }[],
  resource: string,
): ResourceEncryption | undefined {
  return entries.find(({ patterns }) => patterns.some((pattern) => covers(pattern, resource)))?.encryption;
}

async function open(configuration: ProviderConfiguration, servers: KmsProviderV2[]): Promise<Provider[]> {
  const { aesgcm, aescbc, secretbox, kms } = configuration;
  const bytes = (secret: string): Buffer => Buffer.from(secret, 'base64');
  if (aesgcm) return aesgcm.keys.map(({ name, secret }) => new AesGcmProvider(name, bytes(secret)));
  if (aescbc) return aescbc.keys.map(({ name, secret }) => new AesCbcProvider(name, bytes(secret)));
  if (secretbox) return secretbox.keys.map(({ name, secret }) => new SecretboxProvider(name, bytes(secret)));
  if (!kms) return [new IdentityProvider()];
  const server = await openKmsV2(kms);
  servers.push(server);
  return [server];
}
