import { readFileSync } from 'node:fs';

/**
 * SIGSTOP for a process and its children, as a machine that hangs: its connections stay open and nothing answers.
 * Gives what lets it go on.
 */
export function freeze(pid: number): () => void {
  // The parent first: it can start no child meanwhile.
  process.kill(pid, 'SIGSTOP');
  const frozen = [pid, ...childrenOf(pid)];
  signal(frozen, 'SIGSTOP');
  return () => signal(frozen, 'SIGCONT');
}

function childrenOf(pid: number): number[] {
  const words = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return words.filter(Boolean).map(Number);
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended meanwhile.
    }
  }
}
