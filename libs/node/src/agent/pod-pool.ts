import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DeepReadonly, Pod } from '@nestor/api';
import type { PodSandbox } from '@nestor/cri';
import { createLogger } from '@nestor/telemetry';
import type { PodServices } from '../pod/pod-services';
import { PodWorker } from '../pod/pod-worker';
import { nodeNameLabel, podUidLabel } from '../pod/runtime-labels';

const log = createLogger('pod-pool');
const relistMs = 1000;
const volumeRefreshMs = 10_000;
const stopPatienceMs = 3000;
/** Nobody waits for these any more; what ends on SIGTERM does so at once. */
const orphanGraceSeconds = 2;
const orphanSweepMs = 60_000;

/** The workers of one node: routes API changes, runtime changes and time to them. */
export class PodPool {
  private readonly workers = new Map<string, PodWorker>();
  private readonly timers: NodeJS.Timeout[] = [];
  private fingerprints = new Map<string, string>();
  private stopListening: (() => void) | undefined;

  constructor(private readonly services: PodServices) {}

  get all(): PodWorker[] {
    return [...this.workers.values()];
  }

  find(namespace: string, name: string): PodWorker | undefined {
    return this.all.find(({ current }) => current.metadata.namespace === namespace && current.metadata.name === name);
  }

  upsert(pod: DeepReadonly<Pod>): void {
    const uid = pod.metadata.uid ?? '';
    const known = this.workers.get(uid);
    if (known) return known.update(pod);
    const worker = new PodWorker(pod, this.services, (gone) => this.workers.delete(gone));
    this.workers.set(uid, worker);
    worker.update(pod);
  }

  remove(pod: DeepReadonly<Pod>): void {
    this.workers.get(pod.metadata.uid ?? '')?.remove();
  }

  /** Call once the pods of the node are known: what the runtime has beyond them is nobody's any more. */
  async start(): Promise<void> {
    const { runtime } = this.services;
    this.stopListening = runtime.onPodChange?.((uid) => this.workers.get(uid)?.wake());
    if (!this.stopListening) this.every(relistMs, () => this.relist());
    if (this.services.host) this.every(volumeRefreshMs, () => this.refreshVolumes());
    await this.removeOrphans();
    this.every(orphanSweepMs, () => this.removeOrphans());
  }

  /** Ends the workers; pods go on running for the next kubelet to adopt. */
  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.stopListening?.();
    const closed = Promise.all(this.all.map((worker) => worker.close()));
    // A turn may sit in a pull or a grace period; the next kubelet takes up from there.
    await Promise.race([closed, delay(stopPatienceMs, undefined, { ref: false })]);
  }

  /** Removes every sandbox of this node from the runtime and leaves the API objects alone. */
  async removeAllFromRuntime(): Promise<void> {
    const sandboxes = await this.services.runtime.listPodSandboxes({
      labels: { [nodeNameLabel]: this.services.nodeName },
    });
    const removals = await Promise.allSettled(sandboxes.map((sandbox) => this.removeSandbox(sandbox)));
    for (const removal of removals) {
      if (removal.status === 'rejected') log.warn({ error: String(removal.reason) }, 'pod not removed');
    }
    for (const { current } of this.all) {
      await this.services.volumes.remove(current.metadata.uid ?? '');
      this.services.host?.cgroups.remove(current);
    }
  }

  private every(milliseconds: number, work: () => Promise<void>): void {
    let busy = false;
    const run = async () => {
      if (busy) return;
      busy = true;
      await work().catch((error: Error) => log.warn({ error: error.message }, 'periodic work failed'));
      busy = false;
    };
    this.timers.push(setInterval(() => void run(), milliseconds).unref());
  }

  /** kubelet's generic PLEG: compares two looks at the runtime and wakes the pods that differ. */
  private async relist(): Promise<void> {
    const labels = { [nodeNameLabel]: this.services.nodeName };
    const [sandboxes, containers] = await Promise.all([
      this.services.runtime.listPodSandboxes({ labels }),
      this.services.runtime.listContainers({ labels }),
    ]);
    const seen = new Map<string, string>();
    for (const { id, state, labels: own } of [...sandboxes, ...containers]) {
      const uid = own[podUidLabel] ?? '';
      seen.set(uid, `${seen.get(uid) ?? ''}${id}=${state};`);
    }
    for (const [uid, worker] of this.workers) {
      if (seen.get(uid) !== this.fingerprints.get(uid)) worker.wake();
    }
    this.fingerprints = seen;
  }

  private async refreshVolumes(): Promise<void> {
    for (const worker of this.all) await worker.refreshVolumes();
  }

  private async removeOrphans(): Promise<void> {
    const sandboxes = await this.services.runtime.listPodSandboxes({
      labels: { [nodeNameLabel]: this.services.nodeName },
    });
    const orphans = sandboxes.filter(({ labels }) => !this.workers.has(labels[podUidLabel] ?? ''));
    for (const orphan of orphans) {
      const { namespace, name } = orphan.metadata;
      log.info({ object: `${namespace}/${name}`, sandbox: orphan.id }, 'removing orphaned sandbox');
      await this.removeSandbox(orphan);
    }
    await this.removeOrphanedFiles();
  }

  /** Directories and cgroups of pods that were deleted while no kubelet was there to see it. */
  private async removeOrphanedFiles(): Promise<void> {
    const { host, logsDirectory, volumes } = this.services;
    if (!host) return;
    for (const uid of namesIn(host.podsDirectory).filter((name) => !this.workers.has(name))) {
      // One that cannot go yet, its driver not being back, keeps none of the others.
      await volumes
        .remove(uid)
        .then(() => host.cgroups.removeByUid(uid))
        .catch((error: Error) => log.warn({ uid, error: error.message }, 'volumes of a pod that is gone not removed'));
    }
    await volumes.removeUnused();
    for (const name of namesIn(logsDirectory)) {
      const uid = name.slice(name.lastIndexOf('_') + 1);
      if (!this.workers.has(uid)) rmSync(join(logsDirectory, name), { recursive: true, force: true });
    }
  }

  private async removeSandbox({ id }: PodSandbox): Promise<void> {
    const { runtime } = this.services;
    const containers = await runtime.listContainers({ podSandboxId: id });
    await Promise.all(containers.map((container) => runtime.stopContainer(container.id, orphanGraceSeconds)));
    for (const container of containers) await runtime.removeContainer(container.id);
    await runtime.stopPodSandbox(id);
    await runtime.removePodSandbox(id);
  }
}

const namesIn = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory) : []);
