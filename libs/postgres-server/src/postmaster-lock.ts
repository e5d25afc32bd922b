import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Clears what an earlier server left in the data directory: ends it if it still runs, and removes a lock file whose
 * process id belongs to something else by now (Postgres itself would refuse to start).
 */
export async function clearPostmasterLock(dataDir: string): Promise<void> {
  const pid = lockHolder(dataDir);
  if (pid === undefined) return;
  if (isPostmaster(pid, dataDir)) {
    for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
      if (signalled(pid, signal) && (await gone(pid, dataDir))) break;
    }
  }
  rmSync(join(dataDir, 'postmaster.pid'), { force: true });
}

function lockHolder(dataDir: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    // No file: nothing is left.
    return undefined;
  }
}

export function isPostmaster(pid: number, dataDir: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return words.some((word) => word.endsWith('postgres')) && words.includes(dataDir);
  } catch {
    // The process is no more.
    return false;
  }
}

/** The backends of a postmaster. Each has a session of its own, so that no signal to a group reaches them all. */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    // The process is no more, or this is no Linux.
    return [];
  }
}

/** Kills a process that is not our child, and waits until it has let go of its connections. */
export async function killed(pid: number): Promise<void> {
  signalled(pid, 'SIGKILL');
  while (runs(pid)) await sleep(5);
}

function runs(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // One that nobody has waited for is dead all the same.
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
  return true;
}

async function gone(pid: number, dataDir: string): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (!isPostmaster(pid, dataDir)) return true;
    await sleep(100);
  }
  return false;
}
