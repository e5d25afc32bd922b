import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeWhole } from '@nestor/pki';
import { repositoryRoot } from '../checks/repository-root';

/** Who the API server is to Postgres, with a password that is made once. */
export function apiServerLogin(directory: string): { role: string; password: string } {
  const file = join(directory, 'apiserver-password');
  if (!existsSync(file)) writeWhole(file, `${randomBytes(24).toString('hex')}\n`);
  return { role: 'nestor_apiserver', password: readFileSync(file, 'utf8').trim() };
}

/** The store is the API server's alone, so its own program does it. */
export async function prepareDatabase(adminUrl: string, serverUrl: string): Promise<void> {
  const main = join(repositoryRoot(), 'apps', 'apiserver', 'dist', 'prepare-database.js');
  const env = {
    ...process.env,
    NESTOR_DATABASE_ADMIN_URL: adminUrl,
    NESTOR_APISERVER_DATABASE_URL: serverUrl,
  };
  try {
    await promisify(execFile)(process.execPath, [main], { env });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(stderr?.trim() || message, { cause: error });
  }
}
