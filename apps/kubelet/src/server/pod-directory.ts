import type { DeepReadonly, Pod } from '@nestor/api';
import type { ContainerRuntime } from '@nestor/cri';
import {
  latestContainer,
  podLogDirectory,
  type NodeAgent,
  type PodWorker,
  type RuntimePodContainer,
} from '@nestor/node';
import { join } from 'node:path';
import { HttpError } from './http-error';

export interface FoundPod {
  pod: DeepReadonly<Pod>;
  worker: PodWorker;
  runtime: ContainerRuntime;
  logDirectory: string;
}

/** Finds pods on whichever node of this process has them. */
export class PodDirectory {
  constructor(private readonly agents: readonly NodeAgent[]) {}

  pods(): DeepReadonly<Pod>[] {
    return this.agents.flatMap(({ pool }) => pool.all.map(({ current }) => current));
  }

  nodeOf(namespace: string, name: string): string | undefined {
    return this.agents.find(({ pool }) => pool.find(namespace, name))?.options.nodeName;
  }

  find(namespace: string, name: string): FoundPod {
    for (const { pool, options } of this.agents) {
      const worker = pool.find(namespace, name);
      if (!worker) continue;
      const pod = worker.current;
      const logDirectory = podLogDirectory(join(options.rootDirectory, 'pods-logs'), pod);
      return { pod, worker, runtime: options.runtime, logDirectory };
    }
    throw new HttpError(404, `pod "${namespace}/${name}" not found`);
  }
}

/** The container's newest attempt in the runtime. */
export function containerIn({ pod, worker }: FoundPod, name: string): RuntimePodContainer {
  const all = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  if (!all.some((container) => container.name === name)) {
    throw new HttpError(404, `container "${name}" not found in pod "${pod.metadata.name}"`);
  }
  const found = latestContainer(worker.runtimePod, name);
  if (found) return found;
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const waiting = statuses.find((status) => status.name === name)?.state?.waiting;
  const why = waiting?.message ? `${waiting.reason}: ${waiting.message}` : (waiting?.reason ?? 'ContainerCreating');
  throw new HttpError(400, `container "${name}" in pod "${pod.metadata.name}" is waiting to start: ${why}`);
}
