import type { DaemonSet } from '@nestor/api';
import { isPodReady, untilAvailable } from '@nestor/controller-kit';
import { hashOf } from './daemon-pod';
import { podsByNode, isAvailable, type Observed } from './daemonset.plan';
import { eligibility } from './node-eligibility';

export type DaemonSetStatus = NonNullable<DaemonSet['status']>;

/** The status that follows from nodes and pods, whether it says anything new, and when the next pod becomes available. */
export function planStatus(
  observed: Observed,
  collisionCount: number | undefined,
): { status: DaemonSetStatus; isChanged: boolean; requeueAfter?: number } {
  const { set, nodes, pods, hash, now } = observed;
  const byNode = podsByNode(pods);
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
  let requeueAfter: number | undefined;
  for (const node of nodes) {
    const there = byNode.get(node.metadata.name ?? '') ?? [];
    if (!eligibility(set.spec?.template ?? {}, node).run) {
      if (there.length > 0) counts.misscheduled++;
      continue;
    }
    counts.desired++;
    const [pod] = [...there].sort((a, b) =>
      (a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1,
    );
    if (!pod) continue;
    counts.current++;
    if (isPodReady(pod)) counts.ready++;
    if (isAvailable(set, pod, now)) counts.available++;
    if (hashOf(pod) === hash) counts.updated++;
    const wait = untilAvailable(pod, set.spec?.minReadySeconds ?? 0, now);
    if (wait) requeueAfter = Math.min(requeueAfter ?? Infinity, wait);
  }
  const status: DaemonSetStatus = {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    observedGeneration: set.metadata.generation,
    updatedNumberScheduled: counts.updated || undefined,
    numberAvailable: counts.available || undefined,
    numberUnavailable: counts.desired - counts.available || undefined,
    collisionCount,
    conditions: set.status?.conditions as DaemonSetStatus['conditions'],
  };
  return { status, isChanged: !sameStatus(set.status, status), requeueAfter };
}

function sameStatus(old: Observed['set']['status'], next: DaemonSetStatus): boolean {
  if (!old) return false;
  const counts = [
    'currentNumberScheduled',
    'numberMisscheduled',
    'desiredNumberScheduled',
    'numberReady',
    'observedGeneration',
    'updatedNumberScheduled',
    'numberAvailable',
    'numberUnavailable',
    'collisionCount',
  ] as const;
  return counts.every((name) => (old[name] ?? 0) === (next[name] ?? 0));
}
