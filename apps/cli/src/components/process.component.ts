import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { unprivilegedCommand } from '@nestor/postgres-server';
import { lifelineVariable } from '@nestor/telemetry';
import type { Component, Running } from './component';

export interface ProcessSpec {
  name: string;
  /** Read at each start: a port may have changed. */
  command: () => readonly string[] | Promise<readonly string[]>;
  logFile: string;
  env?: NodeJS.ProcessEnv;
  /** Throws while the process does not serve yet. Nothing: up as soon as it runs. */
  ready?: () => Promise<void>;
  readyTimeoutMs?: number;
  stopTimeoutMs?: number;
}

const largestLog = 64 * 1024 * 1024;

/** A child process with a log file. It ends with this process, even by kill -9: it holds a pipe of ours, or the kernel signals it. */
export function processComponent(spec: ProcessSpec): Component {
  return { name: spec.name, start: () => startOnFreePort(spec) };
}

const portAttempts = 3;

/** A port that was free when it was chosen may be somebody else's by the time it is listened on: then it is chosen anew. */
async function startOnFreePort(spec: ProcessSpec): Promise<Running> {
  for (let attempt = 1; ; attempt++) {
    const before = existsSync(spec.logFile) ? statSync(spec.logFile).size : 0;
    try {
      return await start(spec);
    } catch (error) {
      if (attempt === portAttempts || !saysPortInUse(spec.logFile, before)) throw error;
    }
  }
}

function saysPortInUse(logFile: string, from: number): boolean {
  const log = readFileSync(logFile);
  // A log that became too long was put aside meanwhile, and the new one began at nothing.
  return log.subarray(log.length < from ? 0 : from).includes('EADDRINUSE');
}

async function start(spec: ProcessSpec): Promise<Running> {
  const command = await spec.command();
  // Our own processes watch the pipe and end in order; the others are signalled by the kernel.
  const isNode = command[0] === process.execPath;
  const { file, args } = isNode
    ? { file: command[0]!, args: command.slice(1) }
    : unprivilegedCommand(command, { user: undefined, paths: [], deathSignal: 'SIGTERM' });
  const log = openLog(spec.logFile);
  const child = spawn(file, args, {
    env: { ...process.env, ...spec.env, ...(isNode && { [lifelineVariable]: '3' }) },
    stdio: isNode ? ['ignore', log, log, 'pipe'] : ['ignore', log, log],
    // A group of its own, so that Ctrl-C reaches the supervisor alone and the end has an order.
    detached: true,
  });
  closeSync(log);
  child.stdio[3]?.on('error', () => undefined);
  let ended: string | undefined;
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
  }).then((how) => (ended = how));

  const stop = async () => {
    if (ended !== undefined) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), spec.stopTimeoutMs ?? 25_000);
    await exited;
    clearTimeout(timer);
  };
  try {
    await untilReady(spec, () => ended);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid!, exited, stop };
}

async function untilReady(
  { name, ready, readyTimeoutMs = 60_000, logFile }: ProcessSpec,
  ended: () => string | undefined,
) {
  const deadline = Date.now() + readyTimeoutMs;
  // Even without a check, a process that ends at once did not start.
  const check = ready ?? (() => sleep(100));
  for (;;) {
    let problem: Error | undefined;
    try {
      await check();
    } catch (error) {
      problem = error as Error;
    }
    const how = ended();
    if (how !== undefined) throw new Error(`${name} ended while starting (${how}); see ${logFile}`);
    if (!problem) return;
    if (Date.now() > deadline) throw new Error(`${name} is not ready: ${problem.message}; see ${logFile}`);
    await sleep(50);
  }
}

function openLog(path: string): number {
  if (existsSync(path) && statSync(path).size > largestLog) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o644);
}
