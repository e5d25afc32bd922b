import { isPodReady } from '@nestor/controller-kit';
import { completionIndexOf, isIndexed, type ObservedJob, type ObservedPod } from './job-state';

const phaseOrder: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** controller.ActivePods: those that have come less far go first. */
function byProgress(a: ObservedPod, b: ObservedPod): number {
  return (
    Number(!!a.spec?.nodeName) - Number(!!b.spec?.nodeName) ||
    (phaseOrder[a.status?.phase ?? ''] ?? 0) - (phaseOrder[b.status?.phase ?? ''] ?? 0) ||
    Number(isPodReady(a)) - Number(isPodReady(b)) ||
    restarts(b) - restarts(a) ||
    createdAt(b) - createdAt(a)
  );
}

const restarts = ({ status }: ObservedPod): number =>
  Math.max(0, ...(status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
const createdAt = ({ metadata }: ObservedPod): number => Date.parse(metadata.creationTimestamp ?? '') || 0;

/** At least `count` pods to take away; of an indexed Job first those without a place: no index, a taken one, one too high. */
export function podsToRemove(job: ObservedJob, active: readonly ObservedPod[], count: number): ObservedPod[] {
  const misplaced = isIndexed(job) ? misplacedPods(active, job.spec?.completions ?? 0) : [];
  if (misplaced.length >= count) return misplaced;
  const gone = new Set(misplaced);
  const placed = active.filter((pod) => !gone.has(pod)).sort(byProgress);
  return [...misplaced, ...placed.slice(0, count - misplaced.length)];
}

function misplacedPods(active: readonly ObservedPod[], completions: number): ObservedPod[] {
  const misplaced: ObservedPod[] = [];
  const byIndex = new Map<number, ObservedPod[]>();
  for (const pod of active) {
    const index = completionIndexOf(pod);
    if (index === undefined || index >= completions) misplaced.push(pod);
    else byIndex.set(index, [...(byIndex.get(index) ?? []), pod]);
  }
  for (const pods of byIndex.values()) {
    if (pods.length > 1) misplaced.push(...pods.sort(byProgress).slice(0, -1));
  }
  return misplaced;
}
