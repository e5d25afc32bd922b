import { ConfigError, HelpRequested, loadConfig } from '@nestor/config';
import { ClusterPaths } from '../cluster/cluster-paths';
import { runSupervised, saysRunning } from '../cluster/run-supervised';
import { startCluster } from '../cluster/start-cluster';
import { UpConfig } from '../cluster/up.config';
import { readMembership } from '../node/membership';
import { CommandError, type RegisterCommand } from './command';

export const registerUp: RegisterCommand = (program) =>
  void program
    .command('up')
    .description('start a cluster on this machine')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action((_options, command: { args: string[] }) => up(command.args));

async function up(argv: readonly string[]): Promise<void> {
  const config = readConfig(argv);
  const paths = new ClusterPaths(config.data);
  const membership = readMembership(paths);
  if (membership) {
    throw new CommandError(
      `${paths.data} is of a node of ${membership.server}: nestor node start, or another folder with --data`,
    );
  }
  const use = `export KUBECONFIG=${paths.kubeconfig}`;
  if (saysRunning('cluster', paths)) {
    process.stdout.write(`${use}\n`);
    return;
  }
  await runSupervised({
    what: 'cluster',
    paths,
    argv: ['up', ...argv],
    detach: config.detach,
    start: (progress) => startCluster(config, paths, progress),
    ready: (progress) => [`The cluster is ready after ${progress.total()}. Use it with:`, use],
  });
}

function readConfig(argv: readonly string[]): UpConfig {
  try {
    return loadConfig(UpConfig, { app: 'up', argv, about: 'Starts a cluster on this machine.' });
  } catch (error) {
    if (error instanceof HelpRequested) {
      process.stdout.write(error.text.replace('Usage: up', 'Usage: nestor up'));
      process.exit(0);
    }
    if (error instanceof ConfigError) throw new CommandError(error.message, error.exitCode);
    throw error;
  }
}
