import { openEncryption, readEncryptionConfiguration, type Encryption } from '@nestor/encryption';
import { createLogger, metrics } from '@nestor/telemetry';
import { followFiles, readFiles } from '../files/follow-files';

const log = createLogger('encryption');
const reloads = metrics.counter(
  'apiserver_encryption_config_controller_automatic_reloads_total',
  'Total number of reload successes and failures of encryption configuration split by outcome.',
  ['status'],
);

export async function openEncryptionFile(path: string): Promise<Encryption> {
  return openEncryption(readEncryptionConfiguration(read(path), path));
}

/** Calls back with each new configuration that the file is given. One that does not do is logged, and the old one stays. */
export function followEncryptionFile(path: string, use: (encryption: Encryption) => Promise<void>): () => void {
  return followFiles({
    files: { 'encryption-provider-config': path },
    texts: [read(path)],
    use: async ([text = '']) => {
      await use(await openEncryption(readEncryptionConfiguration(text, path)));
      reloads.inc({ status: 'success' });
      log.info({ path }, 'encryption configuration read anew');
    },
    onError: (error) => {
      reloads.inc({ status: 'failure' });
      log.error({ error, path }, 'the new encryption configuration is not used');
    },
  });
}

const read = (path: string): string => readFiles({ 'encryption-provider-config': path })[0]!;
