import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterPaths } from './cluster-paths';
import { isAlive, readState, type ProcessId } from './cluster-state';
import { removeContainerLeftovers } from './container-cleanup';

/** Ends what a supervisor that was killed left behind. Gives the names of what was still running. */
export async function stopLeftovers(paths: ClusterPaths): Promise<string[]> {
  const state = readState(paths);
  // Not left over: its supervisor looks after it.
  if (state && state.supervisor.pid !== process.pid && isAlive(state.supervisor)) return [];
  const found = Object.entries(state?.components ?? {}).filter(([, id]) => isAlive(id));
  // Whoever runs notices by itself that its supervisor is gone; only what does not end is forced.
  await Promise.all(found.map(([name, id]) => end(id, name === 'postgres' ? 'SIGINT' : 'SIGTERM')));
  await removeContainerLeftovers(paths);
  rmSync(paths.state, { force: true });
  return found.map(([name]) => name);
}

export async function end(id: ProcessId, signal: NodeJS.Signals, patienceMs = 20_000): Promise<void> {
  send(id, signal);
  for (const deadline = Date.now() + patienceMs; isAlive(id); await sleep(50)) {
    if (Date.now() > deadline) send(id, 'SIGKILL');
  }
}

function send(id: ProcessId, signal: NodeJS.Signals): void {
  try {
    if (isAlive(id)) process.kill(id.pid, signal);
  } catch {
    // Ended between the look and the signal.
  }
}
