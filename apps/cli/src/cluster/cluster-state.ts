import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { ClusterPaths } from './cluster-paths';

export interface ProcessId {
  pid: number;
  /** The kernel's start time: a process id alone may belong to another process by now. */
  started: string;
}

export interface ComponentState extends ProcessId {
  restarts: number;
  since: string;
}

export interface ClusterState {
  supervisor: ProcessId;
  port: number;
  runtime: string;
  components: Record<string, ComponentState>;
}

export function readState(paths: ClusterPaths): ClusterState | undefined {
  try {
    return JSON.parse(readFileSync(paths.state, 'utf8')) as ClusterState;
  } catch {
    // Never started, or stopped in order.
    return undefined;
  }
}

export function writeState(paths: ClusterPaths, state: ClusterState): void {
  writeFileSync(`${paths.state}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${paths.state}.new`, paths.state);
}

export function identify(pid: number): ProcessId {
  return { pid, started: startTime(pid) ?? '' };
}

export function isAlive({ pid, started }: ProcessId): boolean {
  return started !== '' && startTime(pid) === started;
}

/** Undefined for a process that is no more, or is only waiting to be reaped. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; what follows it does not.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
