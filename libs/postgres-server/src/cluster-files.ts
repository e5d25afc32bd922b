import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { postgresEnvironment } from './postgres-binaries';
import { unprivilegedCommand, type SystemUser } from './unprivileged-command';

/** Who a cluster is made by; may do everything in it. */
export const superuser = 'nestor';

/** A cluster of files, as initdb makes it. */
export interface ClusterFiles {
  directory: string;
  dataDir: string;
  binaries: string;
  user: SystemUser | undefined;
  durable: boolean;
}

/** Runs initdb once and gives the superuser's password. What a broken-off attempt left is thrown away: nothing can have been stored in it. */
export async function createCluster({ directory, dataDir, binaries, user, durable }: ClusterFiles): Promise<string> {
  const passwordFile = join(directory, 'password');
  const done = join(directory, 'initialised');
  if (existsSync(done)) return readFileSync(passwordFile, 'utf8').trim();

  rmSync(dataDir, { recursive: true, force: true });
  mkdirSync(dataDir, { mode: 0o700 });
  const password = randomBytes(24).toString('hex');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user) {
    chownSync(dataDir, user.uid, user.gid);
    chownSync(passwordFile, user.uid, user.gid);
  }
  chmodSync(dataDir, 0o700);
  const initdb = [join(binaries, 'initdb'), '-D', dataDir, '-U', superuser, `--pwfile=${passwordFile}`];
  // The C locale orders by bytes, as the keys of objects are compared everywhere else.
  const options = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', ...(durable ? [] : ['--no-sync'])];
  const { file, args, uid, gid } = unprivilegedCommand([...initdb, ...options], {
    user,
    paths: [join(binaries, 'initdb'), dataDir, passwordFile],
  });
  await promisify(execFile)(file, args, { uid, gid, cwd: '/', env: postgresEnvironment() });
  writeFileSync(done, '');
  return password;
}

/** Fills an empty directory from the template, making that first when there is none. */
export async function copyTemplate(template: string, files: ClusterFiles): Promise<void> {
  if (existsSync(join(files.directory, 'initialised'))) return;
  if (!existsSync(template)) {
    const making = `${template}.${process.pid}`;
    mkdirSync(making, { recursive: true });
    await createCluster({ ...files, directory: making, dataDir: join(making, 'data') });
    try {
      renameSync(making, template);
    } catch {
      // Another process was faster, and its is as good.
      rmSync(making, { recursive: true, force: true });
    }
  }
  await promisify(execFile)('cp', ['-a', `${template}/.`, files.directory]);
}
