import type { DeepReadonly, Pod, ReplicaSet, ReplicaSetCondition } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import { isPodActive, isPodReady, untilAvailable } from '@nestor/controller-kit';
import { inDeletionOrder } from './deletion-order';

type ObservedPod = DeepReadonly<Pod>;
type ObservedReplicaSet = DeepReadonly<ReplicaSet>;
export type ReplicaSetStatus = NonNullable<ReplicaSet['status']>;

/** As Kubernetes: at most this many pods are created or deleted in one go. */
export const burstReplicas = 500;

export interface Scaling {
  create: number;
  remove: ObservedPod[];
}

/** How many pods to create, or which to delete. `kin` are the pods of all ReplicaSets of the same owner. */
export function planScaling(
  replicaSet: ObservedReplicaSet,
  pods: readonly ObservedPod[],
  kin: () => readonly ObservedPod[],
  now: number,
): Scaling {
  const active = pods.filter(isPodActive);
  const difference = (replicaSet.spec?.replicas ?? 1) - active.length;
  if (difference >= 0) return { create: Math.min(difference, burstReplicas), remove: [] };
  const count = Math.min(-difference, burstReplicas);
  if (count >= active.length) return { create: 0, remove: active };
  const perNode = new Map<string, number>();
  for (const pod of kin().filter(isPodActive)) {
    const node = pod.spec?.nodeName;
    if (node) perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  const ranked = active.map((pod) => ({ pod, rank: perNode.get(pod.spec?.nodeName ?? '') ?? 0 }));
  return { create: 0, remove: inDeletionOrder(ranked, now).slice(0, count) };
}

export interface PlannedStatus {
  status: ReplicaSetStatus;
  isChanged: boolean;
  /** When the next ready pod becomes available. */
  requeueAfter?: number;
}

export interface ScalingFailure {
  reason: 'FailedCreate' | 'FailedDelete';
  message: string;
}

/** The status that follows from the pods, and whether it says anything new. */
export function planStatus(
  replicaSet: ObservedReplicaSet,
  pods: readonly ObservedPod[],
  failure: ScalingFailure | undefined,
  now: number,
): PlannedStatus {
  const minReadySeconds = replicaSet.spec?.minReadySeconds ?? 0;
  const templateLabels = Object.entries(replicaSet.spec?.template?.metadata?.labels ?? {});
  const status: ReplicaSetStatus = { replicas: 0, observedGeneration: replicaSet.metadata.generation };
  const counts = { fullyLabeled: 0, ready: 0, available: 0, terminating: 0 };
  let requeueAfter: number | undefined;
  for (const pod of pods) {
    if (!isPodActive(pod)) {
      if (pod.metadata.deletionTimestamp && !isTerminal(pod)) counts.terminating++;
      continue;
    }
    status.replicas++;
    if (templateLabels.every(([key, value]) => pod.metadata.labels?.[key] === value)) counts.fullyLabeled++;
    if (isPodReady(pod)) counts.ready++;
    const wait = untilAvailable(pod, minReadySeconds, now);
    if (wait === 0) counts.available++;
    else if (wait !== undefined) requeueAfter = Math.min(requeueAfter ?? Infinity, wait);
  }
  status.fullyLabeledReplicas = counts.fullyLabeled || undefined;
  status.readyReplicas = counts.ready || undefined;
  status.availableReplicas = counts.available || undefined;
  status.terminatingReplicas = counts.terminating;
  status.conditions = conditions(replicaSet, failure, now);
  return { status, isChanged: !sameStatus(replicaSet.status, status), requeueAfter };
}

const isTerminal = (pod: ObservedPod): boolean => pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded';

function conditions(
  replicaSet: ObservedReplicaSet,
  failure: ScalingFailure | undefined,
  now: number,
): ReplicaSetCondition[] | undefined {
  const current = (replicaSet.status?.conditions ?? []) as readonly ReplicaSetCondition[];
  const others = current.filter((condition) => condition.type !== 'ReplicaFailure');
  if (!failure) return others.length ? others : undefined;
  const known = current.find((condition) => condition.type === 'ReplicaFailure' && condition.reason === failure.reason);
  const lastTransitionTime = rfc3339(now);
  return [...others, known ?? { type: 'ReplicaFailure', status: 'True', lastTransitionTime, ...failure }];
}

function sameStatus(old: ObservedReplicaSet['status'], next: ReplicaSetStatus): boolean {
  if (!old) return false;
  const counts = [
    'replicas',
    'fullyLabeledReplicas',
    'readyReplicas',
    'availableReplicas',
    'terminatingReplicas',
    'observedGeneration',
  ] as const;
  return (
    counts.every((name) => (old[name] ?? 0) === (next[name] ?? 0)) &&
    JSON.stringify(old.conditions ?? []) === JSON.stringify(next.conditions ?? [])
  );
}
