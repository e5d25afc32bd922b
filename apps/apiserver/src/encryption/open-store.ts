import { openTruthStore, type TruthStore } from '@nestor/store';
import type { ApiServerConfig } from '../apiserver.config';
import { EncryptedStore } from './encrypted-store';
import { followEncryptionFile, openEncryptionFile } from './encryption-file';

/** The truth store, with what the configuration names encrypted in it. */
export async function openStore(config: ApiServerConfig): Promise<TruthStore> {
  const { databaseUrl, historyPartitionRevisions, encryptionProviderConfig: file } = config;
  const open = (): Promise<TruthStore> =>
    openTruthStore({ url: databaseUrl, partitions: { width: historyPartitionRevisions } });
  if (!file) return open();
  // First the keys: a server that cannot read what is stored must not begin.
  const encryption = await openEncryptionFile(file);
  const store = new EncryptedStore(await open(), encryption);
  if (config.encryptionProviderConfigAutomaticReload)
    store.onClose(followEncryptionFile(file, (next) => store.use(next)));
  return store;
}
