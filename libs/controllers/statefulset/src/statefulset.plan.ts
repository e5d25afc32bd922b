import { untilAvailable } from '@nestor/controller-kit';
import {
  identityMatches,
  ordinalOf,
  replicasOf,
  startOrdinal,
  type ObservedPod,
  type ObservedStatefulSet,
} from './pod-identity';
import { isAvailable, isCreated, isFinished, isHealthy, isRunningAndReady, isTerminating } from './pod-phase';
import { maxUnavailable, planRollingUpdate } from './rolling-update.plan';

export interface Observed {
  set: ObservedStatefulSet;
  pods: readonly ObservedPod[];
  /** Names of the revisions. */
  current: string;
  update: string;
  now: number;
}

export type Step =
  | { do: 'create'; ordinal: number; revision: string }
  | { do: 'delete'; pod: ObservedPod; because: 'failed' | 'scaled' | 'updated' }
  /** Labels or volumes of the ordinal are missing. */
  | { do: 'repair'; pod: ObservedPod; ordinal: number };

export interface Plan {
  steps: Step[];
  /** Milliseconds until a ready pod becomes available. */
  requeueAfter?: number;
}

/** The pods that are to be, by ordinal, and those that are too many, highest first. */
export function sortPods({ set, pods }: Pick<Observed, 'set' | 'pods'>): {
  replicas: (ObservedPod | undefined)[];
  condemned: ObservedPod[];
} {
  const start = startOrdinal(set);
  const replicas = new Array<ObservedPod | undefined>(replicasOf(set)).fill(undefined);
  const condemned: ObservedPod[] = [];
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod.metadata.name);
    if (ordinal >= start && ordinal < start + replicas.length) replicas[ordinal - start] = pod;
    else if (ordinal >= 0) condemned.push(pod);
  }
  condemned.sort((a, b) => ordinalOf(set, b.metadata.name) - ordinalOf(set, a.metadata.name));
  return { replicas, condemned };
}

/** What to do now, as Kubernetes' stateful_set_control: one thing at a time when ordered, all at once when parallel. */
export function planStatefulSet(observed: Observed): Plan {
  const { set, now } = observed;
  if (set.metadata.deletionTimestamp) return { steps: [] };
  const { replicas, condemned } = sortPods(observed);
  const steps: Step[] = [];
  const isOrdered = set.spec?.podManagementPolicy !== 'Parallel';
  const isBlocked =
    planReplicas(observed, replicas, isOrdered, steps) ||
    planCondemned(observed, { replicas, condemned }, isOrdered, steps);
  const isSteady = !isBlocked && !steps.some((step) => step.do === 'create');
  if (isSteady && set.spec?.updateStrategy?.type !== 'OnDelete')
    steps.push(
      ...planRollingUpdate({
        replicas: replicas.filter((pod): pod is ObservedPod => pod !== undefined),
        update: observed.update,
        from: startOrdinal(set) + partitionOf(set),
        budget: maxUnavailable(set),
        ordinal: (pod) => ordinalOf(set, pod.metadata.name),
        isAvailable: (pod) => isAvailable(pod, minReady(set), now) && !isTerminating(pod),
      }),
    );
  return { steps, requeueAfter: untilNextAvailable(observed) };
}

const minReady = (set: ObservedStatefulSet): number => set.spec?.minReadySeconds ?? 0;
const partitionOf = (set: ObservedStatefulSet): number => set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;

/** Fills the ordinals upwards. True when nothing after may happen in this round. */
function planReplicas(
  observed: Observed,
  replicas: readonly (ObservedPod | undefined)[],
  isOrdered: boolean,
  steps: Step[],
): boolean {
  const { set, now } = observed;
  const start = startOrdinal(set);
  for (const [index, pod] of replicas.entries()) {
    if (!pod) {
      steps.push({ do: 'create', ordinal: start + index, revision: revisionFor(observed, start + index) });
      if (isOrdered) return true;
      continue;
    }
    if (isFinished(pod)) {
      if (!isTerminating(pod)) steps.push({ do: 'delete', pod, because: 'failed' });
      return true;
    }
    if (!identityMatches(set, pod)) steps.push({ do: 'repair', pod, ordinal: start + index });
    if (!isOrdered) continue;
    if (isTerminating(pod) || !isAvailable(pod, minReady(set), now)) return true;
  }
  return false;
}

/** The old revision below the partition, and while a roll-out without one has not reached the ordinal. */
function revisionFor({ set, current, update }: Observed, ordinal: number): string {
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  if (type !== 'RollingUpdate') return update;
  const isOld = rollingUpdate
    ? ordinal < startOrdinal(set) + (rollingUpdate.partition ?? 0)
    : ordinal < startOrdinal(set) + (set.status?.currentReplicas ?? 0);
  return isOld ? current : update;
}

/** Takes away what is too many, from the highest ordinal down. */
function planCondemned(
  { set, now }: Observed,
  { replicas, condemned }: ReturnType<typeof sortPods>,
  isOrdered: boolean,
  steps: Step[],
): boolean {
  const firstUnhealthy = [...replicas, ...condemned].find((pod) => pod && !isHealthy(pod));
  for (const pod of condemned) {
    if (isTerminating(pod)) {
      if (isOrdered) return true;
      continue;
    }
    const isUnavailable = !isRunningAndReady(pod) || !isAvailable(pod, minReady(set), now);
    if (isOrdered && isUnavailable && pod !== firstUnhealthy) return true;
    steps.push({ do: 'delete', pod, because: 'scaled' });
    if (isOrdered) return true;
  }
  return false;
}

function untilNextAvailable({ set, pods, now }: Observed): number | undefined {
  let soonest: number | undefined;
  for (const pod of pods) {
    const wait = isCreated(pod) ? untilAvailable(pod, minReady(set), now) : undefined;
    if (wait) soonest = Math.min(soonest ?? Infinity, wait);
  }
  return soonest;
}
