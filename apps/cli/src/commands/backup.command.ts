import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { adminConnection } from '../cluster/admin-connection';
import { ClusterPaths } from '../cluster/cluster-paths';
import { readState } from '../cluster/cluster-state';
import { Progress } from '../cluster/progress';
import { lockHolder } from '../cluster/supervisor-lock';
import { CommandError, dataOption, type RegisterCommand } from './command';

export const registerBackup: RegisterCommand = (program) =>
  void program
    .command('backup <file>')
    .description('write every object of the running cluster, as of one revision, to a file (it holds the Secrets, too)')
    .option(...dataOption)
    .action(async (file: string, { data }: { data: string }) => {
      const paths = new ClusterPaths(data);
      const state = readState(paths);
      if (!state || !lockHolder(paths)) throw new CommandError('the cluster does not run: nestor up');
      const progress = new Progress((line) => process.stdout.write(`${line}\n`));
      const target = resolve(file);
      await progress.step(
        `backup to ${target}`,
        () => download(paths, state.port, target),
        ({ bytes, revision }) => `${bytes} bytes, everything at revision ${revision}`,
      );
    });

/** The file appears under its name when it is whole. */
async function download(paths: ClusterPaths, port: number, target: string) {
  const api = await adminConnection(paths, port);
  const response = await api.open('/nestor/backup');
  if (response.statusCode !== 200) {
    response.destroy();
    throw new CommandError(`the API server answered the backup with ${response.statusCode}`);
  }
  const part = `${target}.part`;
  try {
    // Only its owner may read it, and it is on the disk before it is called whole.
    const file = createWriteStream(part, { mode: 0o600, flush: true });
    await pipeline(response, file);
    renameSync(part, target);
    return { bytes: file.bytesWritten, revision: String(response.headers['nestor-revision']) };
  } catch (error) {
    rmSync(part, { force: true });
    throw new CommandError(`no backup was made: ${(error as Error).message}`);
  }
}
