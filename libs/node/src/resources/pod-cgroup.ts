import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { podQosClass, type DeepReadonly, type Pod } from '@nestor/api';
import type { LinuxContainerResources } from '@nestor/cri';
import { podCgroupResources } from './container-resources';

/** kubepods/<qos>/pod<uid>, as the kubelet's cgroupfs driver names it; Guaranteed pods have no level of their own. */
export function podCgroupPath(pod: DeepReadonly<Pod>, root = 'kubepods'): string {
  const qos = podQosClass(pod).toLowerCase();
  return `/${root}/${qos === 'guaranteed' ? '' : `${qos}/`}pod${pod.metadata.uid}`;
}

/** Makes and removes the cgroups of pods, on cgroup v1 (a tree per controller) and v2 (one tree). */
export class PodCgroups {
  private readonly isUnified: boolean;

  constructor(private readonly mount = '/sys/fs/cgroup') {
    this.isUnified = existsSync(join(mount, 'cgroup.controllers'));
  }

  create(pod: DeepReadonly<Pod>): string {
    const path = podCgroupPath(pod);
    const resources = podCgroupResources(pod);
    for (const tree of this.trees()) {
      this.makeDirectories(tree, path);
      if (this.isUnified || tree.endsWith('/cpu')) this.writeCpu(join(tree, path), resources);
      if (this.isUnified || tree.endsWith('/memory')) this.writeMemory(join(tree, path), resources);
    }
    return path;
  }

  remove(pod: DeepReadonly<Pod>): void {
    for (const tree of this.trees()) removeTree(join(tree, podCgroupPath(pod)));
  }

  /** For a pod of which nothing but the uid is known any more. */
  removeByUid(uid: string): void {
    for (const tree of this.trees()) {
      for (const level of ['', 'burstable', 'besteffort']) removeTree(join(tree, 'kubepods', level, `pod${uid}`));
    }
  }

  private trees(): string[] {
    if (this.isUnified) return [this.mount];
    const names = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids', 'systemd'];
    return names.map((name) => join(this.mount, name)).filter((tree) => existsSync(tree));
  }

  private makeDirectories(tree: string, path: string): void {
    let directory = tree;
    for (const part of path.split('/').filter((name) => name !== '')) {
      // v2 hands a controller down only where the parent says so; v1's cpuset starts empty and admits no task.
      if (this.isUnified) tryWrite(join(directory, 'cgroup.subtree_control'), '+cpu +memory +pids +cpuset +io');
      const parent = directory;
      directory = join(directory, part);
      mkdirSync(directory, { recursive: true });
      if (tree.endsWith('/cpuset')) for (const file of ['cpuset.cpus', 'cpuset.mems']) inherit(parent, directory, file);
    }
  }

  private writeCpu(directory: string, resources: LinuxContainerResources): void {
    const { cpuShares = 2, cpuQuota, cpuPeriod = 100_000 } = resources;
    if (this.isUnified) {
      // The formula of runc: 2..262144 shares onto 1..10000 weight.
      tryWrite(join(directory, 'cpu.weight'), String(1 + Math.floor(((cpuShares - 2) * 9999) / 262_142)));
      if (cpuQuota) tryWrite(join(directory, 'cpu.max'), `${cpuQuota} ${cpuPeriod}`);
      return;
    }
    tryWrite(join(directory, 'cpu.shares'), String(cpuShares));
    if (cpuQuota) tryWrite(join(directory, 'cpu.cfs_quota_us'), String(cpuQuota));
  }

  private writeMemory(directory: string, { memoryLimitInBytes }: LinuxContainerResources): void {
    if (!memoryLimitInBytes) return;
    const file = this.isUnified ? 'memory.max' : 'memory.limit_in_bytes';
    tryWrite(join(directory, file), String(memoryLimitInBytes));
  }
}

/** A controller that a kernel lacks must not keep a pod from running: its limits are enforced on the containers too. */
function tryWrite(file: string, value: string): void {
  try {
    if (existsSync(file)) writeFileSync(file, value);
  } catch {
    // See above.
  }
}

function inherit(parent: string, directory: string, file: string): void {
  const own = join(directory, file);
  if (!existsSync(own) || readFileSync(own, 'utf8').trim() !== '') return;
  tryWrite(own, readFileSync(join(parent, file), 'utf8').trim());
}

/** cgroups are removed leaf first and only when no process is left; a busy one is removed with the next pod's end. */
function removeTree(directory: string): void {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(directory, entry.name));
  }
  try {
    rmdirSync(directory);
  } catch {
    // Still in use by a process that is just ending.
  }
}
