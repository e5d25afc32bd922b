import type { PodInfo } from '../../cache/pod-info';
import type { Victims } from './victims';

export interface Candidate {
  node: string;
  victims: Victims;
}

/** Makes all priorities positive: a few pods of negative priority must not look better than fewer of them. */
const priorityOffset = 2 ** 31;

function earliestStart(pods: readonly PodInfo[]): number {
  const highest = Math.max(...pods.map(({ priority }) => priority));
  const starts = pods
    .filter(({ priority }) => priority === highest)
    .map(({ pod }) => Date.parse(pod.status?.startTime ?? pod.metadata.creationTimestamp ?? ''))
    .filter((time) => !Number.isNaN(time));
  return starts.length === 0 ? Number.MAX_SAFE_INTEGER : Math.min(...starts);
}

/** Each decides only among those that the ones before it hold equal; the highest value wins. */
const criteria: readonly ((victims: Victims) => number)[] = [
  ({ budgetViolations }) => -budgetViolations,
  ({ pods }) => -(pods[0]?.priority ?? 0),
  ({ pods }) => -pods.reduce((sum, { priority }) => sum + priority + priorityOffset, 0),
  ({ pods }) => -pods.length,
  ({ pods }) => earliestStart(pods),
];

/** pickOneNodeForPreemption: the node where preemption hurts least. */
export function pickCandidate(candidates: readonly Candidate[]): Candidate | undefined {
  let best = candidates;
  for (const criterion of criteria) {
    if (best.length < 2) break;
    const values = best.map(({ victims }) => criterion(victims));
    const highest = Math.max(...values);
    best = best.filter((_candidate, at) => values[at] === highest);
  }
  return best[0];
}
