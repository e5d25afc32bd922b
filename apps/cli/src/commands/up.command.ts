import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { ConfigError, HelpRequested, loadConfig } from '@nestor/config';
import { ClusterPaths } from '../cluster/cluster-paths';
import { readState } from '../cluster/cluster-state';
import { Progress } from '../cluster/progress';
import { startCluster, type RunningCluster } from '../cluster/start-cluster';
import { lockHolder, releaseLock, takeLock } from '../cluster/supervisor-lock';
import { UpConfig } from '../cluster/up.config';
import { CommandError, type RegisterCommand } from './command';

/** Set for the process that `--detach` leaves behind. */
const detachedVariable = 'NESTOR_UP_DETACHED';

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
  const holder = lockHolder(paths);
  if (holder) {
    const port = readState(paths)?.port;
    process.stdout.write(`The cluster is running already (process ${holder.pid}${port ? `, port ${port}` : ''}).\n`);
    process.stdout.write(`export KUBECONFIG=${paths.kubeconfig}\n`);
    return;
  }
  paths.create();
  if (config.detach && !process.env[detachedVariable]) return detach(argv, paths);
  await supervise(config, paths);
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

/** Starts the supervisor as a process of its own and passes on what it says until it is ready. */
function detach(argv: readonly string[], paths: ClusterPaths): Promise<void> {
  const log = openSync(paths.log('supervisor'), 'a');
  const child = spawn(process.execPath, ['--enable-source-maps', process.argv[1]!, 'up', ...argv], {
    detached: true,
    env: { ...process.env, [detachedVariable]: '1' },
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  return new Promise((resolve, reject) => {
    const interrupt = () => child.kill('SIGTERM');
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    child.on('message', (message: { line?: string; failure?: string; ready?: boolean }) => {
      if (message.line !== undefined) process.stdout.write(`${message.line}\n`);
      if (message.failure !== undefined) reject(new CommandError(message.failure));
      if (message.ready) {
        child.disconnect();
        child.unref();
        resolve();
      }
    });
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new CommandError(`the start was broken off (${signal ?? code}); see ${paths.log('supervisor')}`)),
    );
  });
}

async function supervise(config: UpConfig, paths: ClusterPaths): Promise<void> {
  const tell = (message: object) => void (process.connected && process.send?.(message, () => undefined));
  const say = (line: string) => {
    tell({ line });
    process.stdout.write(`${line}\n`);
  };
  // The terminal, or the `up --detach` that listens, may go away before us.
  process.stdout.removeAllListeners('error').on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  const holder = takeLock(paths);
  if (holder) throw new CommandError(`another nestor up (process ${holder.pid}) has ${paths.data}`);

  const progress = new Progress(say);
  let cluster: RunningCluster | undefined;
  let stopping: Promise<void> | undefined;
  const stop = (why: string) => {
    stopping ??= (async () => {
      say(`${why}: stopping the cluster`);
      // Told to stop in the middle of the start: the end of the start comes first.
      await starting.catch(() => undefined);
      guard?.kill('SIGKILL');
      await cluster?.stop();
      releaseLock(paths);
      say('stopped');
      process.exit(0);
    })();
  };
  const starting = startCluster(config, paths, progress).then((running) => {
    cluster = running;
  });
  const guard = startGuard(paths);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));

  try {
    await starting;
  } catch (error) {
    guard?.kill('SIGKILL');
    releaseLock(paths);
    const failure = `the cluster did not start: ${(error as Error).message}`;
    if (process.connected) await new Promise((sent) => process.send?.({ failure }, sent));
    throw new CommandError(failure);
  }
  if (stopping) return;
  say(`The cluster is ready after ${progress.total()}. Use it with:`);
  say(`export KUBECONFIG=${paths.kubeconfig}`);
  if (process.connected) {
    await new Promise((sent) => process.send?.({ ready: true }, sent));
    // What keeps the channel open keeps the listener waiting.
    process.channel?.unref();
  }
}

/**
 * Cleans up when this process is killed and cannot: it waits at the other end of a pipe, and what the children do
 * not end by themselves (containers, mounts, rules) is removed by `nestor down`.
 */
function startGuard(paths: ClusterPaths) {
  const log = openSync(paths.log('supervisor'), 'a');
  const script = 'cat <&3 >/dev/null; exec "$0" "$1" down --leftovers --data "$2"';
  const guard = spawn('/bin/sh', ['-c', script, process.execPath, process.argv[1]!, paths.data], {
    detached: true,
    stdio: ['ignore', log, log, 'pipe'],
    env: { ...process.env, [detachedVariable]: '' },
  });
  closeSync(log);
  guard.on('error', () => undefined);
  guard.stdio[3]?.on('error', () => undefined);
  guard.unref();
  return guard;
}
