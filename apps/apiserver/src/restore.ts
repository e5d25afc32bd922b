import { restoreObjects } from '@nestor/store';
import { readBackup } from './backup/backup-format';
import { sealObjects } from './encryption/seal-objects';

/**
 * A program of its own beside the server: `node restore.js FILE [--replace]` puts a backup into the database of
 * NESTOR_APISERVER_DATABASE_URL, encrypted by NESTOR_APISERVER_ENCRYPTION_PROVIDER_CONFIG where that names a file, and
 * prints what it did as one line of JSON.
 */
async function restore(file: string | undefined, replace: boolean): Promise<void> {
  const url = process.env.NESTOR_APISERVER_DATABASE_URL;
  if (!file || !url) throw new Error('usage: NESTOR_APISERVER_DATABASE_URL=... node restore.js FILE [--replace]');
  const { revision, time, objects } = await readBackup(file);
  const sealed = sealObjects(objects, process.env.NESTOR_APISERVER_ENCRYPTION_PROVIDER_CONFIG);
  const restored = await restoreObjects({ url, revision, objects: sealed, replace });
  process.stdout.write(`${JSON.stringify({ ...restored, backup: { revision, time } })}\n`);
}

const args = process.argv.slice(2);
restore(
  args.find((arg) => !arg.startsWith('--')),
  args.includes('--replace'),
).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
