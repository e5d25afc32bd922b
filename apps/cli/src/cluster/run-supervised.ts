import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { CommandError } from '../commands/command';
import type { ClusterPaths } from './cluster-paths';
import { readState } from './cluster-state';
import { Progress } from './progress';
import { lockHolder, releaseLock, takeLock } from './supervisor-lock';

export interface Running {
  stop(): Promise<void>;
}

export interface SupervisedRun {
  /** What runs, in a sentence: "cluster". */
  what: string;
  paths: ClusterPaths;
  /** The words after `nestor` that start it, for the process that stays. */
  argv: readonly string[];
  detach: boolean;
  start(progress: Progress): Promise<Running>;
  /** What to say when it is up. */
  ready(progress: Progress): readonly string[];
}

/** Set for the process that `--detach` leaves behind. */
const detachedVariable = 'NESTOR_UP_DETACHED';

/** Whether a folder's supervisor runs already; says so then. */
export function saysRunning(what: string, paths: ClusterPaths): boolean {
  const holder = lockHolder(paths);
  if (!holder) return false;
  const port = readState(paths)?.port;
  process.stdout.write(`The ${what} is running already (process ${holder.pid}${port ? `, port ${port}` : ''}).\n`);
  return true;
}

/** Runs it in this process until it is told to stop, or leaves a process behind that does. */
export async function runSupervised(run: SupervisedRun): Promise<void> {
  run.paths.create();
  if (run.detach && !process.env[detachedVariable]) return detach(run);
  await supervise(run);
}

/** Starts the supervisor as a process of its own and passes on what it says until it is ready. */
function detach({ argv, paths }: SupervisedRun): Promise<void> {
  const log = openSync(paths.log('supervisor'), 'a');
  const child = spawn(process.execPath, ['--enable-source-maps', process.argv[1]!, ...argv], {
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

async function supervise({ what, paths, start, ready }: SupervisedRun): Promise<void> {
  const tell = (message: object) => void (process.connected && process.send?.(message, () => undefined));
  const say = (line: string) => {
    tell({ line });
    process.stdout.write(`${line}\n`);
  };
  // The terminal, or the `--detach` that listens, may go away before us.
  process.stdout.removeAllListeners('error').on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  const holder = takeLock(paths);
  if (holder) throw new CommandError(`another nestor (process ${holder.pid}) has ${paths.data}`);

  const progress = new Progress(say);
  let running: Running | undefined;
  let stopping: Promise<void> | undefined;
  const stop = (why: string) => {
    stopping ??= (async () => {
      say(`${why}: stopping the ${what}`);
      // Told to stop in the middle of the start: the end of the start comes first.
      await starting.catch(() => undefined);
      guard?.kill('SIGKILL');
      await running?.stop();
      releaseLock(paths);
      say('stopped');
      process.exit(0);
    })();
  };
  const starting = start(progress).then((started) => {
    running = started;
  });
  const guard = startGuard(paths);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));

  try {
    await starting;
  } catch (error) {
    guard?.kill('SIGKILL');
    releaseLock(paths);
    const failure = `the ${what} did not start: ${(error as Error).message}`;
    if (process.connected) await new Promise((sent) => process.send?.({ failure }, sent));
    throw new CommandError(failure);
  }
  if (stopping) return;
  for (const line of ready(progress)) say(line);
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
