import {
  scaledIntOrPercent,
  type DeepReadonly,
  type Deployment,
  type DeploymentCondition,
  type ReplicaSet,
} from '@nestor/api';
import { rfc3339 } from '@nestor/formats';

/**
 * A ReplicaSet while a rollout is planned: a private copy that steps may change, so that later steps see what earlier
 * ones intend. What changed becomes a write.
 */
export interface Working {
  /** As read; undefined for one that is to be created. */
  observed?: DeepReadonly<ReplicaSet>;
  next: ReplicaSet;
  /** Set when the size changes: the event to record. */
  scaledFrom?: number;
}

export interface Rollout {
  deployment: DeepReadonly<Deployment>;
  now: number;
  /** The one with the current template; undefined until it is made. */
  newest: Working | undefined;
  old: Working[];
  /** Conditions that the steps put on the Deployment. */
  conditions: DeploymentCondition[];
}

export const revisionAnnotation = 'deployment.kubernetes.io/revision';
export const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history';
export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas';
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas';

export const size = ({ next }: Working): number => next.spec?.replicas ?? 0;
export const available = ({ next }: Working): number => next.status?.availableReplicas ?? 0;
export const all = (rollout: Rollout): Working[] =>
  rollout.newest ? [...rollout.old, rollout.newest] : [...rollout.old];
export const active = (sets: readonly Working[]): Working[] => sets.filter((set) => size(set) > 0);
export const total = (sets: readonly Working[]): number => sets.reduce((sum, set) => sum + size(set), 0);
export const desired = (deployment: DeepReadonly<Deployment>): number => deployment.spec?.replicas ?? 1;
export const isRolling = (deployment: DeepReadonly<Deployment>): boolean =>
  deployment.spec?.strategy?.type !== 'Recreate';

export const byCreation = (a: Working, b: Working): number =>
  compareText(a.next.metadata.creationTimestamp, b.next.metadata.creationTimestamp) ||
  compareText(a.next.metadata.name, b.next.metadata.name);

export const compareText = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0);

/** deploymentutil.ResolveFenceposts: surge rounds up, unavailable down, and they are never both zero. */
function fenceposts(deployment: DeepReadonly<Deployment>): { surge: number; unavailable: number } {
  const rolling = deployment.spec?.strategy?.rollingUpdate;
  const replicas = desired(deployment);
  const surge = scaledIntOrPercent(rolling?.maxSurge ?? 0, replicas, 'up');
  const unavailable = scaledIntOrPercent(rolling?.maxUnavailable ?? 0, replicas, 'down');
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

export function maxSurge(deployment: DeepReadonly<Deployment>): number {
  return isRolling(deployment) ? fenceposts(deployment).surge : 0;
}
export function maxUnavailable(deployment: DeepReadonly<Deployment>): number {
  if (!isRolling(deployment) || desired(deployment) === 0) return 0;
  return Math.min(fenceposts(deployment).unavailable, desired(deployment));
}

export function revisionOf(set: { metadata: { annotations?: Readonly<Record<string, string>> } }): number {
  const revision = Number(set.metadata.annotations?.[revisionAnnotation] ?? 0);
  return Number.isSafeInteger(revision) ? revision : 0;
}

/** Sets the size and the annotations that tell a scaling event from a rollout. */
export function scaleTo({ deployment }: Rollout, set: Working, replicas: number): boolean {
  const before = size(set);
  const annotations = (set.next.metadata.annotations ??= {});
  annotations[desiredReplicasAnnotation] = String(desired(deployment));
  annotations[maxReplicasAnnotation] = String(desired(deployment) + maxSurge(deployment));
  if (before === replicas) return false;
  set.scaledFrom ??= before;
  set.next.spec!.replicas = replicas;
  return true;
}

/** Leaves a set of the right size wholly alone, annotations included. */
export function scaleIfNeeded(rollout: Rollout, set: Working, replicas: number): boolean {
  return size(set) === replicas ? false : scaleTo(rollout, set, replicas);
}

export function timestamp(now: number): string {
  return rfc3339(now);
}
