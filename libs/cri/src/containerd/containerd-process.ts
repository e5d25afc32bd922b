import { ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CriRuntime } from '../client/cri-runtime';
import { importImageArchive } from '../images/image-import';
import { buildPauseImage, pauseImageName } from '../images/pause-image';
import { ContainerdConfig, renderContainerdConfig } from './containerd-config';

export interface ContainerdOptions extends ContainerdConfig {
  /** Where the configuration and the log are written. */
  dir: string;
  /** A network namespace file to run in, such as /var/run/netns/x: pods' bridge and rules then stay inside it. */
  networkNamespace?: string;
  startTimeoutMs?: number;
}

export interface ContainerdProcess {
  address: string;
  process: ChildProcess;
  /** Stops containerd only; containers and their shims go on, as is meant for a restart. */
  stop(): Promise<void>;
}

/** Starts a containerd with its own configuration, waits until it answers and gives it the pause image. */
export async function startContainerd(options: ContainerdOptions): Promise<ContainerdProcess> {
  mkdirSync(options.dir, { recursive: true });
  mkdirSync(dirname(options.address), { recursive: true });
  const configFile = join(options.dir, 'containerd.toml');
  const logFile = join(options.dir, 'containerd.log');
  writeFileSync(configFile, renderContainerdConfig(options));
  const command = ['containerd', '--config', configFile];
  if (options.networkNamespace) command.unshift('nsenter', `--net=${options.networkNamespace}`, '--');
  const log = openSync(logFile, 'a');
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', log, log] });
  closeSync(log);
  const stop = () => stopProcess(child);
  try {
    await waitUntilServing(child, options, logFile);
    await ensurePauseImage(options.address, options.sandboxImage);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address: options.address, process: child, stop };
}

/** Imports the pause image where it is missing; containerd would otherwise try to pull it. */
export async function ensurePauseImage(address: string, name = pauseImageName): Promise<void> {
  const runtime = new CriRuntime(address);
  try {
    if (await runtime.imageStatus(name)) return;
    await importImageArchive({ address, archive: await buildPauseImage(name) });
    // The CRI plugin learns of images by containerd's events, a moment after the import has returned.
    for (let tries = 0; tries < 100 && !(await runtime.imageStatus(name)); tries++) await delay(50);
  } finally {
    runtime.close();
  }
}

async function waitUntilServing(child: ChildProcess, options: ContainerdOptions, logFile: string): Promise<void> {
  const deadline = Date.now() + (options.startTimeoutMs ?? 30_000);
  let failure = '';
  child.on('error', (error) => (failure = `cannot run containerd: ${error.message}`));
  while (Date.now() < deadline) {
    if (failure) throw new Error(failure);
    if (child.exitCode !== null) throw new Error(`containerd ended with code ${child.exitCode}: ${tail(logFile)}`);
    if (existsSync(options.address) && (await answers(options.address))) return;
    await delay(100);
  }
  throw new Error(`containerd did not answer on ${options.address} in time: ${tail(logFile)}`);
}

async function answers(address: string): Promise<boolean> {
  const runtime = new CriRuntime(address);
  try {
    await runtime.version();
    return true;
  } catch {
    return false; // Not yet: the caller asks again until its deadline.
  } finally {
    runtime.close();
  }
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(force);
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-3).join(' | ');
}
