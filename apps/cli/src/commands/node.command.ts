import { existsSync } from 'node:fs';
import { Option } from 'commander';
import { ClusterPaths } from '../cluster/cluster-paths';
import { Progress } from '../cluster/progress';
import { runSupervised, saysRunning } from '../cluster/run-supervised';
import { runtimes } from '../cluster/up.config';
import { readMembership } from '../node/membership';
import { CommandError, dataOption, type RegisterCommand } from './command';
import { down, removeData } from './down.command';

interface StartOptions {
  data: string;
  timeout: number;
  detach?: boolean;
}

interface JoinOptions extends StartOptions {
  token: string;
  discoveryTokenCaCertHash: string[];
  discoveryTokenUnsafeSkipCaVerification?: boolean;
  name?: string;
  nodeIp?: string;
  nodeLabels: string[];
  runtime: (typeof runtimes)[number];
}

const timeoutOption = ['--timeout <seconds>', 'for each step to come about', seconds, 120] as const;
const detachOption = ['--detach', 'return when the node is ready; `nestor node stop` stops it'] as const;

/** This machine as a node of a cluster elsewhere. */
export const registerNode: RegisterCommand = (program) => {
  const node = program.command('node').description('make this machine a node of a cluster elsewhere');
  node
    .command('join <host:port>')
    .description('join the cluster whose API server is there')
    .requiredOption('--token <token>', 'a bootstrap token of the cluster')
    .option('--discovery-token-ca-cert-hash <hash>', 'of the cluster’s CA, sha256:...; may be repeated', collect, [])
    .option('--discovery-token-unsafe-skip-ca-verification', 'trust whoever knows the token')
    .option('--name <name>', 'name of the node (default: the name of the machine)')
    .option('--node-ip <address>', 'address the node is reached at (default: found out)')
    .option('--node-labels <list>', 'labels for the node, as key=value,...', words, [])
    .addOption(new Option('--runtime <runtime>', 'what runs containers').choices(runtimes).default('auto'))
    .option(...timeoutOption)
    .option(...detachOption)
    .option(...dataOption)
    .action((endpoint: string, options: JoinOptions) => join(endpoint, options));
  node
    .command('start')
    .description('start the node again, as it joined')
    .option(...timeoutOption)
    .option(...detachOption)
    .option(...dataOption)
    .action((options: StartOptions) => start(options));
  node
    .command('stop')
    .description('stop the node and its pods; it stays a member')
    .option(...dataOption)
    .action(({ data }: { data: string }) => down(memberPaths(data)));
  node
    .command('leave')
    .alias('reset')
    .description('stop the node and remove everything it keeps')
    .option(...dataOption)
    .action(({ data }: { data: string }) => leave(memberPaths(data)));
};

async function join(endpoint: string, options: JoinOptions): Promise<void> {
  const paths = new ClusterPaths(options.data);
  if (saysRunning('node', paths)) return;
  const { joinCluster, forgetUnfinishedJoin, isControlPlane } =
    require('../node/join') as typeof import('../node/join');
  if (isControlPlane(paths)) {
    throw new CommandError(`${paths.data} is of a cluster of its own; choose another folder with --data`);
  }
  const before = readMembership(paths);
  if (before) {
    throw new CommandError(
      `this is the node ${before.nodeName} of ${before.server} already: nestor node start, or leave`,
    );
  }
  const { token, discoveryTokenCaCertHash: hashes, name, nodeIp, nodeLabels: labels, runtime } = options;
  const skipVerification = options.discoveryTokenUnsafeSkipCaVerification === true;
  const timeoutMs = options.timeout * 1000;
  const settings = { paths, endpoint, token, hashes, skipVerification, timeoutMs, name, nodeIp, labels, runtime };
  try {
    await joinCluster(settings, new Progress((line) => process.stdout.write(`${line}\n`)));
    await start(options);
  } catch (error) {
    forgetUnfinishedJoin(paths);
    const { message } = error as Error;
    throw error instanceof CommandError ? error : new CommandError(`the node did not join: ${message}`);
  }
}

async function start({ data, timeout, detach = false }: StartOptions): Promise<void> {
  const paths = memberPaths(data);
  if (saysRunning('node', paths)) return;
  const membership = readMembership(paths)!;
  const { startNode } = require('../node/start-node') as typeof import('../node/start-node');
  await runSupervised({
    what: 'node',
    paths,
    // Never the words of a join: those of a process that stays are for everyone to read, and there is a token in them.
    argv: ['node', 'start', `--data=${paths.data}`, `--timeout=${timeout}`],
    detach,
    start: (progress) => startNode({ paths, membership, timeoutMs: timeout * 1000 }, progress),
    ready: (progress) => {
      const { nodeName, server } = membership;
      return [`This machine is the node ${nodeName} of ${server}, ready after ${progress.total()}.`];
    },
  });
}

async function leave(paths: ClusterPaths): Promise<void> {
  const { nodeName } = readMembership(paths)!;
  await down(paths);
  if (existsSync(paths.data)) removeData(paths);
  process.stdout.write(`The cluster still knows the node; take it away there with: kubectl delete node ${nodeName}\n`);
}

function memberPaths(data: string): ClusterPaths {
  const paths = new ClusterPaths(data);
  if (readMembership(paths)) return paths;
  throw new CommandError(`${paths.data} is not of a node that has joined a cluster: nestor node join`);
}

const collect = (value: string, before: string[]): string[] => [...before, value];
const words = (text: string): string[] => text.split(',').filter(Boolean);

function seconds(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new CommandError(`--timeout must be a number of seconds above 0, not ${text}`, 2);
}
