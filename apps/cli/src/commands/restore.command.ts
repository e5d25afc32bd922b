import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { ClusterPki } from '@nestor/pki';
import { repositoryRoot } from '../checks/repository-root';
import { ClusterPaths } from '../cluster/cluster-paths';
import { ensureEncryptionFile } from '../cluster/encryption-file';
import { Progress } from '../cluster/progress';
import { stopLeftovers } from '../cluster/stop-leftovers';
import { startServer } from '../components/postgres.component';
import { lockHolder, releaseLock, takeLock } from '../cluster/supervisor-lock';
import { CommandError, dataOption, type RegisterCommand } from './command';

interface Options {
  data: string;
  databaseUrl?: string;
  replace?: boolean;
}

interface Restored {
  objects: number;
  revision: number;
  backup: { revision: number; time: string };
}

export const registerRestore: RegisterCommand = (program) =>
  void program
    .command('restore <file>')
    .description('fill a cluster that does not run from a backup; `nestor up` then starts it')
    .option(...dataOption)
    .option('--database-url <url>', 'the Postgres database of a cluster that has its own')
    .option('--replace', 'remove the objects that are there')
    .action(async (file: string, options: Options) => {
      const backup = resolve(file);
      if (!existsSync(backup)) throw new CommandError(`there is no file ${backup}`);
      const paths = new ClusterPaths(options.data);
      if (lockHolder(paths)) throw new CommandError('the cluster runs: nestor down');
      paths.create();
      if (takeLock(paths)) throw new CommandError('the cluster is being started');
      try {
        await restore(paths, backup, options);
      } finally {
        releaseLock(paths);
      }
    });

async function restore(paths: ClusterPaths, backup: string, { databaseUrl, replace }: Options): Promise<void> {
  const progress = new Progress((line) => process.stdout.write(`${line}\n`));
  await stopLeftovers(paths);
  const postgres = databaseUrl
    ? undefined
    : await progress.step('start Postgres', async () => startServer(paths, await ClusterPki.open(paths.pki)));
  try {
    const url = databaseUrl ?? (await postgres!.createDatabase('nestor'));
    await progress.step(
      `restore ${backup}`,
      () => fill({ url, backup, replace: replace ?? false, encryption: paths.encryption }),
      ({ objects, revision, backup: { revision: from, time } }) =>
        `${objects} objects as of revision ${from} (${time}); revisions go on from ${revision}`,
    );
  } finally {
    await postgres?.stop();
  }
}

interface Filling {
  url: string;
  backup: string;
  replace: boolean;
  /** The configuration that the cluster will be started with. */
  encryption: string;
}

/** The store is the API server's alone, so its own program does it. */
async function fill({ url, backup, replace, encryption }: Filling): Promise<Restored> {
  ensureEncryptionFile(encryption);
  const main = join(repositoryRoot(), 'apps', 'apiserver', 'dist', 'restore.js');
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [main, backup, ...(replace ? ['--replace'] : [])], {
      env: {
        ...process.env,
        NESTOR_APISERVER_DATABASE_URL: url,
        NESTOR_APISERVER_ENCRYPTION_PROVIDER_CONFIG: encryption,
      },
    });
    return JSON.parse(stdout) as Restored;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new CommandError(`nothing was restored: ${stderr?.trim() || message}`);
  }
}
