import { isDeepStrictEqual } from 'node:util';
import type { PodInfo } from '../cache/pod-info';
import type { PodChange } from './cluster-event';

const unchanged: ReadonlySet<PodChange> = new Set();

/** Which changes between two states of a pod may matter to scheduling. Most updates are of status and change nothing. */
export function podChanges(before: PodInfo, after: PodInfo): ReadonlySet<PodChange> {
  if (before.pod === after.pod) return unchanged;
  const changes = new Set<PodChange>();
  if (!same(before.pod.metadata.labels, after.pod.metadata.labels)) changes.add('labels');
  if (before.requestsText !== after.requestsText) changes.add('requests');
  if (before.tolerationsText !== after.tolerationsText) changes.add('tolerations');
  const gates = (info: PodInfo) => info.pod.spec?.schedulingGates?.length ?? 0;
  if (gates(before) > 0 && gates(after) === 0) changes.add('gates');
  // Both absent, as for most pods, costs nothing.
  const claims = ({ pod: { status } }: PodInfo) => status?.resourceClaimStatuses;
  if (claims(before) !== claims(after) && !same(claims(before), claims(after))) changes.add('claims');
  return changes;
}

function same(a: unknown, b: unknown): boolean {
  return a === b || isDeepStrictEqual(a ?? {}, b ?? {});
}
