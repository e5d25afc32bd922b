import { goDurationMs } from '@nestor/api';
import type { KmsProvider } from '../config/encryption-configuration';
import { GrpcKeyServer } from './grpc-key-server';
import { KmsProviderV2 } from './kms-v2.provider';

/** Connects to the plugin and gets a first key from it; an Error where it does not answer or is not well. */
export async function openKmsV2({ name, endpoint, timeout = '3s' }: KmsProvider): Promise<KmsProviderV2> {
  const server = await GrpcKeyServer.connect(endpoint, goDurationMs(timeout) ?? 3000);
  const provider = new KmsProviderV2(name, server);
  try {
    await provider.check();
    return provider;
  } catch (cause) {
    provider.close();
    throw new Error(`KMS provider ${name} at ${endpoint}: ${(cause as Error).message}`, { cause });
  }
}
