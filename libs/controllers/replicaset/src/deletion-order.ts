import type { DeepReadonly, Pod } from '@nestor/api';
import { isPodReady, readyCondition } from '@nestor/controller-kit';

type ObservedPod = DeepReadonly<Pod>;
export interface RankedPod {
  pod: ObservedPod;
  /** Active pods of the same owner's kin on the pod's node: the fullest node gives first. */
  rank: number;
}
type Compare = (a: RankedPod, b: RankedPod) => number;

const phaseOrder: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };
export const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost';

/** ActivePodsWithRanks.Less of Kubernetes' controller_utils.go: whom to delete first, rule by rule. */
const rules = (now: number): Compare[] => [
  (a, b) => Number(!!a.pod.spec?.nodeName) - Number(!!b.pod.spec?.nodeName),
  (a, b) => phase(a) - phase(b),
  (a, b) => Number(isPodReady(a.pod)) - Number(isPodReady(b.pod)),
  (a, b) => deletionCost(a) - deletionCost(b),
  (a, b) => b.rank - a.rank,
  (a, b) => (bothReady(a, b) ? ageBucket(readySince(a), now) - ageBucket(readySince(b), now) : 0),
  (a, b) => restarts(b) - restarts(a),
  (a, b) => ageBucket(a.pod.metadata.creationTimestamp, now) - ageBucket(b.pod.metadata.creationTimestamp, now),
  // The tie of a bucket is broken at random but the same way each time.
  (a, b) => ((a.pod.metadata.uid ?? '') < (b.pod.metadata.uid ?? '') ? -1 : 1),
];

export function inDeletionOrder(pods: readonly RankedPod[], now: number): ObservedPod[] {
  const ordered = rules(now);
  return [...pods]
    .sort((a, b) => {
      for (const compare of ordered) {
        const difference = compare(a, b);
        if (difference !== 0) return difference;
      }
      return 0;
    })
    .map(({ pod }) => pod);
}

const phase = ({ pod }: RankedPod): number => phaseOrder[pod.status?.phase ?? ''] ?? 0;
const bothReady = (a: RankedPod, b: RankedPod): boolean => isPodReady(a.pod) && isPodReady(b.pod);
const readySince = ({ pod }: RankedPod): string | undefined => readyCondition(pod)?.lastTransitionTime;

function deletionCost({ pod }: RankedPod): number {
  const cost = Number(pod.metadata.annotations?.[deletionCostAnnotation] ?? 0);
  return Number.isInteger(cost) ? cost : 0;
}

function restarts({ pod }: RankedPod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount));
}

/** Ages compare by their magnitude (LogarithmicScaleDown); an unknown time counts as the youngest. */
function ageBucket(time: string | undefined, now: number): number {
  if (!time) return -1;
  const ageNanos = (now - Date.parse(time)) * 1e6;
  return ageNanos <= 0 ? 0 : Math.floor(Math.log2(ageNanos));
}
