import type { DeepReadonly, Deployment, DeploymentCondition } from '@nestor/api';
import { all, desired, maxUnavailable, timestamp, total, type Rollout, type Working } from './rollout-state';

export type DeploymentStatus = NonNullable<Deployment['status']>;

/** deploymentutil's condition reasons. */
export const reasons = {
  newReplicaSet: 'NewReplicaSetCreated',
  foundReplicaSet: 'FoundNewReplicaSet',
  updated: 'ReplicaSetUpdated',
  failedCreate: 'ReplicaSetCreateError',
  complete: 'NewReplicaSetAvailable',
  timedOut: 'ProgressDeadlineExceeded',
  paused: 'DeploymentPaused',
  resumed: 'DeploymentResumed',
} as const;

/** The API's way to say "no deadline". */
const noDeadline = 2 ** 31 - 1;

export function hasDeadline(deployment: DeepReadonly<Deployment>): boolean {
  const seconds = deployment.spec?.progressDeadlineSeconds;
  return seconds !== undefined && seconds !== null && seconds !== noDeadline;
}

export function conditionOf(
  conditions: readonly DeepReadonly<DeploymentCondition>[] | undefined,
  type: string,
): DeepReadonly<DeploymentCondition> | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function makeCondition(
  now: number,
  type: string,
  status: string,
  { reason, message }: { reason: string; message: string },
): DeploymentCondition {
  const at = timestamp(now);
  return { type, status, lastUpdateTime: at, lastTransitionTime: at, reason, message };
}

/** SetDeploymentCondition: no change of status and reason is no change; the transition time moves with the status only. */
export function setCondition(conditions: DeploymentCondition[], condition: DeploymentCondition): DeploymentCondition[] {
  const current = conditions.find((one) => one.type === condition.type);
  if (current?.status === condition.status && current.reason === condition.reason) return conditions;
  const kept = current?.status === condition.status ? current.lastTransitionTime : condition.lastTransitionTime;
  return [...conditions.filter((one) => one.type !== condition.type), { ...condition, lastTransitionTime: kept }];
}

const sum = (sets: readonly Working[], of: (status: NonNullable<Working['next']['status']>) => number | undefined) =>
  sets.reduce((result, { next }) => result + ((next.status && of(next.status)) ?? 0), 0);

/** calculateStatus: counts from the ReplicaSets' statuses, and the Available condition. */
export function calculateStatus(rollout: Rollout, conditions: DeploymentCondition[]): DeploymentStatus {
  const { deployment, newest, now } = rollout;
  const sets = all(rollout);
  const availableReplicas = sum(sets, (status) => status.availableReplicas);
  const hasMinimum = availableReplicas >= desired(deployment) - maxUnavailable(deployment);
  const availability = hasMinimum
    ? { reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : { reason: 'MinimumReplicasUnavailable', message: 'Deployment does not have minimum availability.' };
  const status = {
    observedGeneration: deployment.metadata.generation,
    replicas: sum(sets, (one) => one.replicas),
    updatedReplicas: newest ? sum([newest], (one) => one.replicas) : 0,
    readyReplicas: sum(sets, (one) => one.readyReplicas),
    availableReplicas,
    unavailableReplicas: Math.max(0, total(sets) - availableReplicas),
    terminatingReplicas: sum(sets, (one) => one.terminatingReplicas),
    collisionCount: deployment.status?.collisionCount,
    conditions: setCondition(conditions, makeCondition(now, 'Available', hasMinimum ? 'True' : 'False', availability)),
  };
  return status;
}

export const omittedAtZero = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
] as const;

/** The status as Go writes it: counters that are plain numbers are left out at zero (omitempty), pointers are not. */
export function withoutZeros(status: DeploymentStatus): DeploymentStatus {
  const written = { ...status };
  for (const name of omittedAtZero) if (!written[name]) delete written[name];
  return written;
}

export function isComplete(deployment: DeepReadonly<Deployment>, status: DeploymentStatus): boolean {
  const wanted = desired(deployment);
  return (
    status.updatedReplicas === wanted &&
    status.replicas === wanted &&
    status.availableReplicas === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function isProgressing(old: DeepReadonly<DeploymentStatus> | undefined, next: DeploymentStatus): boolean {
  const oldPods = (status: DeepReadonly<DeploymentStatus> | undefined) =>
    (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  return (
    (next.updatedReplicas ?? 0) > (old?.updatedReplicas ?? 0) ||
    oldPods(next) < oldPods(old) ||
    (next.readyReplicas ?? 0) > (old?.readyReplicas ?? 0) ||
    (next.availableReplicas ?? 0) > (old?.availableReplicas ?? 0)
  );
}

function isTimedOut({ deployment, now }: Rollout, status: DeploymentStatus): boolean {
  const condition = conditionOf(status.conditions, 'Progressing');
  if (!condition || condition.reason === reasons.complete) return false;
  if (condition.reason === reasons.timedOut) return true;
  const deadlineMs = (deployment.spec?.progressDeadlineSeconds ?? 0) * 1000;
  return now > Date.parse(condition.lastUpdateTime ?? '') + deadlineMs;
}

/** syncRolloutStatus: counts, Progressing and ReplicaFailure. */
export function rolloutStatus(rollout: Rollout): DeploymentStatus {
  const { deployment, newest, now } = rollout;
  const status = calculateStatus(rollout, rollout.conditions);
  const subject = newest ? `ReplicaSet "${newest.next.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  const progressing = (value: string, reason: string, text: string) =>
    makeCondition(now, 'Progressing', value, { reason, message: `${subject} ${text}` });
  const current = conditionOf(status.conditions, 'Progressing');
  const wasComplete = status.replicas === status.updatedReplicas && current?.reason === reasons.complete;
  if (!hasDeadline(deployment)) {
    status.conditions = without(status.conditions, 'Progressing');
  } else if (!wasComplete) {
    if (isComplete(deployment, status))
      status.conditions = setCondition(
        status.conditions ?? [],
        progressing('True', reasons.complete, 'has successfully progressed.'),
      );
    else if (isProgressing(deployment.status, status))
      status.conditions = refresh(status.conditions ?? [], progressing('True', reasons.updated, 'is progressing.'));
    else if (isTimedOut(rollout, status))
      status.conditions = setCondition(
        status.conditions ?? [],
        progressing('False', reasons.timedOut, 'has timed out progressing.'),
      );
  }
  status.conditions = withFailure(rollout, status.conditions ?? []);
  return status;
}

/** Progress moves lastUpdateTime, from which the deadline counts, even when status and reason stay. */
function refresh(conditions: DeploymentCondition[], condition: DeploymentCondition): DeploymentCondition[] {
  const current = conditionOf(conditions, condition.type);
  const kept = current?.status === condition.status ? current.lastTransitionTime : condition.lastTransitionTime;
  return [...without(conditions, condition.type), { ...condition, lastTransitionTime: kept }];
}

function without(conditions: DeploymentCondition[] | undefined, type: string): DeploymentCondition[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}

/** A ReplicaSet that cannot make its pods shows on the Deployment; the newest one's trouble counts most. */
function withFailure(rollout: Rollout, conditions: DeploymentCondition[]): DeploymentCondition[] {
  const sets = rollout.newest ? [rollout.newest, ...rollout.old] : rollout.old;
  for (const { next } of sets) {
    const failure = next.status?.conditions?.find((condition) => condition.type === 'ReplicaFailure');
    if (!failure) continue;
    const { type, status, reason, message, lastTransitionTime } = failure;
    const lastUpdateTime = lastTransitionTime;
    return setCondition(conditions, { type, status, reason, message, lastTransitionTime, lastUpdateTime });
  }
  return without(conditions, 'ReplicaFailure');
}

/** requeueStuckDeployment: when to look whether the deadline has passed. */
export function untilDeadline({ deployment, now }: Rollout, status: DeploymentStatus): number | undefined {
  const condition = conditionOf(status.conditions, 'Progressing');
  if (!hasDeadline(deployment) || !condition || isComplete(deployment, status)) return undefined;
  if (condition.reason === reasons.timedOut || condition.reason === reasons.complete) return undefined;
  const deadlineMs = (deployment.spec?.progressDeadlineSeconds ?? 0) * 1000;
  return Math.max(0, Date.parse(condition.lastUpdateTime ?? '') + deadlineMs - now) + 1000;
}
