import { existsSync, rmSync } from 'node:fs';
import { Option } from 'commander';
import { ClusterPaths } from '../cluster/cluster-paths';
import { unmountBelow } from '../cluster/mounts';
import { end, stopLeftovers } from '../cluster/stop-leftovers';
import { lockHolder, releaseLock } from '../cluster/supervisor-lock';
import { CommandError, dataOption, type RegisterCommand } from './command';

export const registerDown: RegisterCommand = (program) =>
  void program
    .command('down')
    .description('stop the cluster; its data is kept')
    .option(...dataOption)
    .option('--purge', 'remove the data, too')
    .addOption(new Option('--leftovers', 'only what a killed supervisor left behind').hideHelp())
    .action(async ({ data, purge, leftovers }: { data: string; purge?: boolean; leftovers?: boolean }) => {
      const paths = new ClusterPaths(data);
      // A new cluster may have been started by now; it cleaned up itself.
      if (leftovers && lockHolder(paths)) return;
      await down(paths);
      if (purge) removeData(paths);
    });

export async function down(paths: ClusterPaths): Promise<void> {
  const supervisor = lockHolder(paths);
  if (supervisor) await end(supervisor, 'SIGTERM', 120_000);
  // Nothing is left after an orderly end; this is for a supervisor that was killed, before or just now.
  const leftovers = existsSync(paths.run) ? await stopLeftovers(paths) : [];
  releaseLock(paths);
  const also = leftovers.length ? ` (also what was left of an earlier run: ${leftovers.join(', ')})` : '';
  process.stdout.write(supervisor || leftovers.length ? `stopped${also}\n` : 'no cluster was running\n');
}

export function removeData(paths: ClusterPaths): void {
  if (!existsSync(paths.data)) return;
  // A mistyped --data must not remove somebody's home.
  if (!existsSync(paths.run)) throw new CommandError(`${paths.data} is not a cluster's data folder; it was left alone`);
  unmountBelow(paths.data);
  rmSync(paths.data, { recursive: true, force: true });
  process.stdout.write(`removed ${paths.data}\n`);
}
