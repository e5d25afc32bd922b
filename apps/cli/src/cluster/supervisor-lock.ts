import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ClusterPaths } from './cluster-paths';
import { identify, isAlive, type ProcessId } from './cluster-state';

/** Takes the data folder for this process. Gives the holder instead where another process has it. */
export function takeLock(paths: ClusterPaths): ProcessId | undefined {
  const holder = lockHolder(paths);
  if (holder) return holder;
  rmSync(lockFile(paths), { force: true });
  try {
    writeFileSync(lockFile(paths), JSON.stringify(identify(process.pid)), { flag: 'wx' });
    return undefined;
  } catch {
    // Another `up` was faster.
    return lockHolder(paths) ?? identify(process.pid);
  }
}

export function releaseLock(paths: ClusterPaths): void {
  rmSync(lockFile(paths), { force: true });
}

/** The supervisor of a running cluster. */
export function lockHolder(paths: ClusterPaths): ProcessId | undefined {
  try {
    const id = JSON.parse(readFileSync(lockFile(paths), 'utf8')) as ProcessId;
    return isAlive(id) ? id : undefined;
  } catch {
    // No file, or half of one: nobody holds it.
    return undefined;
  }
}

function lockFile(paths: ClusterPaths): string {
  return paths.inRun('supervisor.json');
}
