import type { DeepReadonly, Node, Pod } from '@nestor/api';
import type { SchedulerObserver } from '../scheduler';

/** Small real objects for the tests of this library. */
export function aNode(
  name: string,
  over: { labels?: Record<string, string>; cpu?: string; memory?: string; pods?: string; spec?: Node['spec'] } = {},
): DeepReadonly<Node> {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...over.labels } },
    spec: over.spec ?? {},
    status: { allocatable: { cpu: over.cpu ?? '4', memory: over.memory ?? '8Gi', pods: over.pods ?? '110' } },
  };
}

export function aPod(
  name: string,
  over: {
    labels?: Record<string, string>;
    namespace?: string;
    cpu?: string;
    memory?: string;
    spec?: Partial<NonNullable<Pod['spec']>>;
  } = {},
): DeepReadonly<Pod> {
  const requests = { ...(over.cpu ? { cpu: over.cpu } : {}), ...(over.memory ? { memory: over.memory } : {}) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: over.namespace ?? 'default',
      uid: `uid-${over.namespace ?? 'default'}-${name}`,
      labels: over.labels ?? {},
    },
    spec: { containers: [{ name: 'main', image: 'busybox', resources: { requests } }], ...over.spec },
  };
}

export const quietObserver: SchedulerObserver = {
  scheduled: () => undefined,
  unschedulable: () => undefined,
  failed: () => undefined,
  binding: (_pod, _node, run) => run(),
};
