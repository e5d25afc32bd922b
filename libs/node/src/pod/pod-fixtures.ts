import type { Container, Pod, PodSpec } from '@nestor/api';
import type { PodSandboxStatus } from '@nestor/cri';
import { restartCountAnnotation } from './runtime-labels';
import type { RuntimePod, RuntimePodContainer } from './runtime-pod';

/** Pods and runtime states for the specs of pure functions. */
export function podWith(spec: Partial<PodSpec> & { containers?: Container[] } = {}, more: Partial<Pod> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'ns', uid: 'u1', labels: { app: 'web' } },
    spec: { restartPolicy: 'Always', containers: [{ name: 'main', image: 'img:1' }], ...spec },
    ...more,
  };
}

export function sandboxOf(attempt = 0, more: Partial<PodSandboxStatus> = {}): PodSandboxStatus {
  return {
    id: `sandbox-${attempt}`,
    metadata: { name: 'p', namespace: 'ns', uid: 'u1', attempt },
    state: 'SANDBOX_READY',
    createdAt: 1e9,
    labels: {},
    annotations: {},
    ips: ['10.0.0.5'],
    ...more,
  };
}

export function containerOf(
  name: string,
  state: 'running' | 'created' | number,
  more: Partial<RuntimePodContainer> & { attempt?: number } = {},
): RuntimePodContainer {
  const { attempt = 0, ...rest } = more;
  const exited = typeof state === 'number';
  return {
    id: `${name}-${attempt}`,
    podSandboxId: 'sandbox-0',
    metadata: { name, attempt },
    image: 'docker.io/library/img:1',
    imageRef: 'sha256:abc',
    state: exited ? 'CONTAINER_EXITED' : state === 'running' ? 'CONTAINER_RUNNING' : 'CONTAINER_CREATED',
    createdAt: 1e18,
    startedAt: 1e18,
    finishedAt: exited ? 1e18 + 5e9 : 0,
    exitCode: exited ? state : 0,
    reason: '',
    message: '',
    logPath: '',
    labels: {},
    annotations: { [restartCountAnnotation]: String(attempt) },
    ...rest,
  };
}

export const viewOf = (...containers: RuntimePodContainer[]): RuntimePod => ({ sandboxes: [sandboxOf()], containers });
