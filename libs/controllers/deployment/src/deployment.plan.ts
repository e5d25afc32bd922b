import {
  isEmptyLabelSelector,
  type DeepReadonly,
  type Deployment,
  type DeploymentCondition,
  type Pod,
  type ReplicaSet,
} from '@nestor/api';
import { isPodFinished } from '@nestor/controller-kit';
import {
  calculateStatus,
  conditionOf,
  hasDeadline,
  isComplete,
  makeCondition,
  reasons,
  rolloutStatus,
  setCondition,
  untilDeadline,
  omittedAtZero,
  withoutZeros,
  type DeploymentStatus,
} from './deployment-status';
import { annotate, newReplicaSet } from './new-replica-set';
import { rollForward } from './rolling-update';
import {
  active,
  all,
  byCreation,
  desired,
  isRolling,
  revisionAnnotation,
  revisionOf,
  scaleIfNeeded,
  size,
  type Rollout,
  type Working,
} from './rollout-state';
import { isScalingEvent, scale } from './scaling';
import { sameTemplate } from './template-hash';

export interface Observed {
  deployment: DeepReadonly<Deployment>;
  /** Those that the Deployment controls. */
  replicaSets: readonly DeepReadonly<ReplicaSet>[];
  /** Pods of a ReplicaSet; asked only by the Recreate strategy. */
  podsOf(replicaSet: DeepReadonly<ReplicaSet>): readonly DeepReadonly<Pod>[];
  now: number;
}

export interface Plan {
  create?: Working;
  updates: Working[];
  deletes: DeepReadonly<ReplicaSet>[];
  /** Revision for the Deployment's annotation, when it is not there yet. */
  revision?: string;
  /** Set when it differs from what is stored. */
  status?: DeploymentStatus;
  requeueAfter?: number;
  warning?: { reason: string; message: string };
}

/** What one sync of Kubernetes' deployment controller would write. */
export function plan(observed: Observed): Plan {
  const { deployment } = observed;
  if (isEmptyLabelSelector(deployment.spec?.selector)) return selectsEverything(deployment);
  const rollout = begin(observed);
  let deletes: DeepReadonly<ReplicaSet>[] = [];
  let status: DeploymentStatus;
  if (deployment.metadata.deletionTimestamp) {
    status = calculateStatus(rollout, rollout.conditions);
  } else if (deployment.spec?.paused || isScalingEvent(rollout)) {
    refreshNewest(rollout);
    scale(rollout);
    if (deployment.spec?.paused) deletes = beyondHistory(rollout);
    status = calculateStatus(rollout, rollout.conditions);
  } else {
    if (isRolling(deployment)) {
      ensureNewest(rollout);
      rollForward(rollout);
    } else {
      recreate(rollout, observed);
    }
    status = rolloutStatus(rollout);
    if (isComplete(deployment, status) && !hasWrites(rollout)) deletes = beyondHistory(rollout);
  }
  return { ...writes(rollout), deletes, ...statusPart(rollout, status) };
}

function begin({ deployment, replicaSets, now }: Observed): Rollout {
  const working = replicaSets
    .map((observed): Working => ({ observed, next: structuredClone(observed) as ReplicaSet }))
    .sort(byCreation);
  // The oldest match wins, so that every sync picks the same one.
  const newest = working.find(({ next }) => sameTemplate(next.spec!.template!, deployment.spec!.template));
  return {
    deployment,
    now,
    newest,
    old: working.filter((set) => set !== newest),
    conditions: pausedConditions(deployment, now),
  };
}

/** checkPausedConditions: a pause stops the progress clock, a resume starts it anew. */
function pausedConditions(deployment: DeepReadonly<Deployment>, now: number): DeploymentCondition[] {
  const conditions = (deployment.status?.conditions ?? []) as DeploymentCondition[];
  const current = conditionOf(conditions, 'Progressing');
  if (!hasDeadline(deployment) || current?.reason === reasons.timedOut) return conditions;
  const isPaused = deployment.spec?.paused === true;
  const saysPaused = current?.reason === reasons.paused;
  if (isPaused === saysPaused) return conditions;
  const text = isPaused
    ? { reason: reasons.paused, message: 'Deployment is paused' }
    : { reason: reasons.resumed, message: 'Deployment is resumed' };
  return setCondition(conditions, makeCondition(now, 'Progressing', 'Unknown', text));
}

function refreshNewest(rollout: Rollout): void {
  if (rollout.newest) annotate(rollout, rollout.newest);
}

function ensureNewest(rollout: Rollout): void {
  const { deployment, now } = rollout;
  const say = (reason: string, message: string): void => {
    if (!hasDeadline(deployment)) return;
    rollout.conditions = setCondition(
      rollout.conditions,
      makeCondition(now, 'Progressing', 'True', { reason, message }),
    );
  };
  if (rollout.newest) {
    annotate(rollout, rollout.newest);
    if (!conditionOf(rollout.conditions, 'Progressing'))
      say(reasons.foundReplicaSet, `Found new replica set "${rollout.newest.next.metadata.name}"`);
    return;
  }
  rollout.newest = newReplicaSet(rollout);
  say(reasons.newReplicaSet, `Created new replica set "${rollout.newest.next.metadata.name}"`);
}

/** recreate.go: everything old must be gone before anything new comes. */
function recreate(rollout: Rollout, { podsOf }: Observed): void {
  refreshNewest(rollout);
  const running = active(rollout.old);
  for (const set of running) scaleIfNeeded(rollout, set, 0);
  if (running.length > 0) return;
  const oldPods = rollout.old.flatMap((set) => (set.observed ? podsOf(set.observed) : []));
  if (oldPods.some((pod) => !isPodFinished(pod))) return;
  ensureNewest(rollout);
  scaleIfNeeded(rollout, rollout.newest!, desired(rollout.deployment));
}

/** cleanupDeployment: old ReplicaSets beyond revisionHistoryLimit, the oldest revisions first. */
function beyondHistory({ deployment, old }: Rollout): DeepReadonly<ReplicaSet>[] {
  const limit = deployment.spec?.revisionHistoryLimit;
  if (limit === undefined || limit === null) return [];
  const alive = old.filter(({ next }) => !next.metadata.deletionTimestamp);
  const excess = alive.length - limit;
  if (excess <= 0) return [];
  return alive
    .sort((a, b) => revisionOf(a.next) - revisionOf(b.next) || byCreation(a, b))
    .slice(0, excess)
    .filter((set) => size(set) === 0 && isSettled(set.next))
    .flatMap((set) => set.observed ?? []);
}

function isSettled({ metadata, status }: ReplicaSet): boolean {
  return (status?.replicas ?? 0) === 0 && (metadata.generation ?? 0) <= (status?.observedGeneration ?? 0);
}

const isChanged = (set: Working): boolean => !set.observed || JSON.stringify(set.observed) !== JSON.stringify(set.next);
const hasWrites = (rollout: Rollout): boolean => all(rollout).some(isChanged);

function writes(rollout: Rollout): Pick<Plan, 'create' | 'updates' | 'revision'> {
  const changed = all(rollout).filter(isChanged);
  const revision = rollout.newest?.next.metadata.annotations?.[revisionAnnotation];
  const isKnown = rollout.deployment.metadata.annotations?.[revisionAnnotation] === revision;
  return {
    create: changed.find((set) => !set.observed),
    updates: changed.filter((set) => set.observed),
    revision: isKnown ? undefined : revision,
  };
}

function statusPart(rollout: Rollout, status: DeploymentStatus): Pick<Plan, 'status' | 'requeueAfter'> {
  const requeueAfter = untilDeadline(rollout, status);
  if (sameStatus(rollout.deployment.status, status)) return { requeueAfter };
  return { status: withoutZeros(status), requeueAfter };
}

const counts = [...omittedAtZero, 'terminatingReplicas', 'collisionCount'] as const;

function sameStatus(old: DeepReadonly<DeploymentStatus> | undefined, next: DeploymentStatus): boolean {
  if (!old) return false;
  const sorted = (conditions: readonly DeepReadonly<DeploymentCondition>[] | undefined) =>
    JSON.stringify(
      [...(conditions ?? [])]
        .sort((a, b) => (a.type < b.type ? -1 : 1))
        .map(({ type, status, reason, message, lastUpdateTime, lastTransitionTime }) => [
          type,
          status,
          reason,
          message,
          lastUpdateTime,
          lastTransitionTime,
        ]),
    );
  return (
    counts.every((name) => (old[name] ?? 0) === (next[name] ?? 0)) && sorted(old.conditions) === sorted(next.conditions)
  );
}

function selectsEverything(deployment: DeepReadonly<Deployment>): Plan {
  const { generation } = deployment.metadata;
  const isSeen = (deployment.status?.observedGeneration ?? 0) >= (generation ?? 0);
  const status = { ...(deployment.status as DeploymentStatus), observedGeneration: generation };
  const message = 'This deployment is selecting all pods. A non-empty selector is required.';
  return {
    updates: [],
    deletes: [],
    status: isSeen ? undefined : status,
    warning: { reason: 'SelectingAll', message },
  };
}
