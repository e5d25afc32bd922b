import { indexIntervals, mergeIndexes } from '@nestor/api';
import { isPodFinished } from '@nestor/controller-kit';
import { remainingIndexBackoffMs } from './backoff';
import { completionIndexOf, replacesOnlyFailed, type ObservedPod } from './job-state';
import type { JobObservation } from './observe-job';

/** The first `count` indexes that have neither succeeded nor failed nor a pod. The cost is that of the intervals. */
export function firstPendingIndexes(observed: JobObservation, count: number): number[] {
  const { job, active, pods, indexes } = observed;
  if (!indexes) return [];
  const leaving = replacesOnlyFailed(job)
    ? pods.filter((pod) => pod.metadata.deletionTimestamp && !isPodFinished(pod))
    : [];
  const taken = mergeIndexes(
    mergeIndexes(indexes.succeeded, indexes.failed ?? []),
    indexIntervals([...indexesOf(active), ...indexesOf(leaving)]),
  );
  const completions = job.spec?.completions ?? 0;
  const pending: number[] = [];
  let candidate = 0;
  for (const { first, last } of [...taken, { first: completions, last: completions }]) {
    for (; candidate < Math.min(first, completions) && pending.length < count; candidate++) pending.push(candidate);
    candidate = Math.max(candidate, last + 1);
  }
  return pending;
}

const indexesOf = (pods: readonly ObservedPod[]): Set<number> =>
  new Set(pods.map(completionIndexOf).filter((index) => index !== undefined));

/** Those of the indexes whose back-off is over; when there is none, the wait for the first. */
export function readyIndexes(
  { indexes }: JobObservation,
  pending: readonly number[],
  now: number,
): { ready: number[]; waitMs?: number } {
  const waits = pending.map((index) => remainingIndexBackoffMs(indexes?.awaitingReplacement.get(index), now));
  const ready = pending.filter((_, position) => waits[position] === 0);
  return ready.length > 0 || pending.length === 0 ? { ready } : { ready, waitMs: Math.min(...waits) };
}
