import { createHash } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { openEncryption, readEncryptionConfiguration, type Encryption } from '@nestor/encryption';
import { createLogger, metrics } from '@nestor/telemetry';

const log = createLogger('encryption');
const reloads = metrics.counter(
  'apiserver_encryption_config_controller_automatic_reloads_total',
  'Total number of reload successes and failures of encryption configuration split by outcome.',
  ['status'],
);
const pollMs = 1000;

export async function openEncryptionFile(path: string): Promise<Encryption> {
  return openEncryption(readEncryptionConfiguration(read(path), path));
}

/** Calls back with each new configuration that the file is given. One that does not do is logged, and the old one stays. */
export function followEncryptionFile(path: string, use: (encryption: Encryption) => Promise<void>): () => void {
  let known = digest(read(path));
  let turn = Promise.resolve();
  const look = async (): Promise<void> => {
    const text = read(path);
    if (digest(text) === known) return;
    known = digest(text);
    await use(await openEncryption(readEncryptionConfiguration(text, path)));
    reloads.inc({ status: 'success' });
    log.info({ path }, 'encryption configuration read anew');
  };
  const onChange = (): void => {
    turn = turn.then(look).catch((error: unknown) => {
      reloads.inc({ status: 'failure' });
      log.error({ error, path }, 'the new encryption configuration is not used');
    });
  };
  // By its times and not by events: a mounted Secret changes by a link.
  watchFile(path, { interval: pollMs, persistent: false }, onChange);
  return () => unwatchFile(path, onChange);
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`--encryption-provider-config: ${(cause as Error).message}`, { cause });
  }
}
