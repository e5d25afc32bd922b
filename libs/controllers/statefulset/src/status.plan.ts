import type { StatefulSet } from '@nestor/api';
import { replicasOf, revisionOf, type ObservedPod } from './pod-identity';
import { isAvailable, isCreated, isRunningAndReady, isTerminating } from './pod-phase';
import type { Observed, Step } from './statefulset.plan';

export type StatefulSetStatus = NonNullable<StatefulSet['status']>;

/** The status that follows from the pods and from what was just done, and whether it says anything new. */
export function planStatus(
  observed: Observed,
  done: readonly Step[],
  collisionCount: number | undefined,
): { status: StatefulSetStatus; isChanged: boolean } {
  const { set, pods, current, update, now } = observed;
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const deleted = new Set(done.flatMap((step) => (step.do === 'delete' ? [step.pod] : [])));
  const counts = { replicas: 0, ready: 0, available: 0, current: 0, updated: 0 };
  const count = (revision: string): void => {
    counts.replicas++;
    if (revision === current) counts.current++;
    if (revision === update) counts.updated++;
  };
  for (const pod of pods) {
    if (isRunningAndReady(pod)) counts.ready++;
    if (isAvailable(pod, minReadySeconds, now)) counts.available++;
    if (isCreated(pod) && !isTerminating(pod) && !deleted.has(pod)) count(revisionOf(pod));
    else if (isCreated(pod)) counts.replicas++;
  }
  for (const step of done) if (step.do === 'create') count(step.revision);
  const status: StatefulSetStatus = {
    observedGeneration: set.metadata.generation,
    replicas: counts.replicas,
    readyReplicas: counts.ready || undefined,
    availableReplicas: counts.available,
    currentReplicas: counts.current || undefined,
    updatedReplicas: counts.updated || undefined,
    currentRevision: current,
    updateRevision: update,
    collisionCount: collisionCount ?? 0,
    conditions: set.status?.conditions as StatefulSetStatus['conditions'],
  };
  if (isRolledOut(observed, status)) {
    status.currentReplicas = status.updatedReplicas;
    status.currentRevision = update;
  }
  return { status, isChanged: !sameStatus(set.status, status) };
}

function isRolledOut({ set }: Observed, status: StatefulSetStatus): boolean {
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  return (
    type === 'RollingUpdate' &&
    (rollingUpdate?.partition ?? 0) === 0 &&
    (status.updatedReplicas ?? 0) === status.replicas &&
    (status.readyReplicas ?? 0) === status.replicas &&
    status.replicas === replicasOf(set)
  );
}

function sameStatus(
  old: Readonly<Partial<StatefulSetStatus>> | Observed['set']['status'],
  next: StatefulSetStatus,
): boolean {
  if (!old) return false;
  const counts = [
    'observedGeneration',
    'replicas',
    'readyReplicas',
    'availableReplicas',
    'currentReplicas',
    'updatedReplicas',
    'collisionCount',
  ] as const;
  return (
    counts.every((name) => (old[name] ?? 0) === (next[name] ?? 0)) &&
    old.availableReplicas !== undefined &&
    old.currentRevision === next.currentRevision &&
    old.updateRevision === next.updateRevision
  );
}

/** Revisions that pods or the status still name. */
export function revisionsInUse({ set, current, update }: Observed, pods: readonly ObservedPod[]): Set<string> {
  return new Set([current, update, set.status?.currentRevision ?? '', ...pods.map(revisionOf)]);
}
