import { readFileSync } from 'node:fs';

/** Clock ticks per second of /proc/<pid>/stat: fixed at 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** What a process and its children use, from /proc. Without a pid (a server elsewhere) there is nothing to tell. */
export class ProcessUsage {
  constructor(private readonly pid: () => number | undefined) {}

  /** User and system time so far, in microseconds. */
  cpuMicros(): number | undefined {
    const pid = this.pid();
    if (pid === undefined) return undefined;
    return this.tree(pid).reduce((sum, one) => sum + cpuOf(one), 0);
  }

  rssMiB(): number | undefined {
    const pid = this.pid();
    if (pid === undefined) return undefined;
    return this.tree(pid).reduce((sum, one) => sum + rssOf(one), 0);
  }

  private tree(pid: number): number[] {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return [pid, ...(children ? children.split(' ').flatMap((child) => this.tree(Number(child))) : [])];
  }
}

function cpuOf(pid: number): number {
  // The second field is a name in brackets that may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6;
}

function rssOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}
