import type { ObservedPod, ObservedStatefulSet } from './pod-identity';
import { replicasOf, revisionOf } from './pod-identity';
import { isTerminating } from './pod-phase';
import type { Step } from './statefulset.plan';

/** How many pods may be unavailable in an update: a number, or a share of the replicas rounded up, at least one. */
export function maxUnavailable(set: ObservedStatefulSet): number {
  const asked = set.spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1;
  const count = typeof asked === 'number' ? asked : Math.ceil((replicasOf(set) * parseInt(asked, 10)) / 100);
  return Math.max(1, count);
}

export interface RollingUpdate {
  replicas: readonly ObservedPod[];
  /** Name of the revision to reach. */
  update: string;
  /** Lower ordinals keep what they have. */
  from: number;
  budget: number;
  ordinal(pod: ObservedPod): number;
  isAvailable(pod: ObservedPod): boolean;
}

/** Deletes pods of other revisions from the highest ordinal down, no more at a time than may be unavailable. */
export function planRollingUpdate({ replicas, update, from, budget, ordinal, isAvailable }: RollingUpdate): Step[] {
  const steps: Step[] = [];
  let left = budget;
  for (const pod of [...replicas].sort((a, b) => ordinal(b) - ordinal(a))) {
    if (left <= 0 || ordinal(pod) < from) break;
    const isOld = revisionOf(pod) !== update;
    if (isOld && !isTerminating(pod)) steps.push({ do: 'delete', pod, because: 'updated' });
    if (isOld || !isAvailable(pod)) left--;
  }
  return steps;
}
