import { isNotFound } from '@nestor/api';
import type { ContainerRuntime, PodSandboxStatus, RuntimeContainerStatus } from '@nestor/cri';
import { podUidLabel, restartCountAnnotation } from './runtime-labels';

export interface RuntimePodContainer extends RuntimeContainerStatus {
  podSandboxId: string;
}

/** What the runtime has of one pod, newest first. The kubelet keeps no other record of it. */
export interface RuntimePod {
  sandboxes: PodSandboxStatus[];
  containers: RuntimePodContainer[];
}

export const emptyRuntimePod: RuntimePod = { sandboxes: [], containers: [] };

export const latestContainer = (view: RuntimePod, name: string): RuntimePodContainer | undefined =>
  view.containers.find(({ metadata }) => metadata.name === name);

export const restartCountOf = (container: RuntimePodContainer): number =>
  Number(container.annotations[restartCountAnnotation] ?? container.metadata.attempt);

export const readySandbox = (view: RuntimePod): PodSandboxStatus | undefined =>
  view.sandboxes[0]?.state === 'SANDBOX_READY' ? view.sandboxes[0] : undefined;

/** Reads a pod from the runtime. Statuses of exited containers never change and are asked for once. */
export class RuntimePodReader {
  private readonly finished = new Map<string, RuntimePodContainer>();

  constructor(
    private readonly runtime: ContainerRuntime,
    private readonly podUid: string,
  ) {}

  async read(): Promise<RuntimePod> {
    const filter = { labels: { [podUidLabel]: this.podUid } };
    const [sandboxes, containers] = await Promise.all([
      this.runtime.listPodSandboxes(filter),
      this.runtime.listContainers(filter),
    ]);
    const view = {
      sandboxes: await existing(sandboxes.map(({ id }) => this.runtime.podSandboxStatus(id))),
      containers: await existing(containers.map(({ id, podSandboxId }) => this.container(id, podSandboxId))),
    };
    this.forgetAllBut(view.containers);
    view.sandboxes.sort((a, b) => b.metadata.attempt - a.metadata.attempt || b.createdAt - a.createdAt);
    view.containers.sort((a, b) => b.metadata.attempt - a.metadata.attempt || b.createdAt - a.createdAt);
    return view;
  }

  private async container(id: string, podSandboxId: string): Promise<RuntimePodContainer> {
    const known = this.finished.get(id);
    if (known) return known;
    const status = { ...(await this.runtime.containerStatus(id)), podSandboxId };
    if (status.state === 'CONTAINER_EXITED') this.finished.set(id, status);
    return status;
  }

  private forgetAllBut(containers: RuntimePodContainer[]): void {
    const present = new Set(containers.map(({ id }) => id));
    for (const id of this.finished.keys()) if (!present.has(id)) this.finished.delete(id);
  }
}

/** Drops what was removed between the list and the look. */
async function existing<T>(reads: Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(reads);
  const found: T[] = [];
  for (const read of settled) {
    if (read.status === 'fulfilled') found.push(read.value);
    else if (!isNotFound(read.reason)) throw read.reason as Error;
  }
  return found;
}
