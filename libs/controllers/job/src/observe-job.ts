import { countIndexes, hasIndex, indexIntervals, mergeIndexes, parseIndexes, type IndexIntervals } from '@nestor/api';
import { isPodActive, isPodFinished, isPodReady } from '@nestor/controller-kit';
import { absoluteFailures, countedFailures, finishedAt } from './backoff';
import {
  completionIndexOf,
  hasLimitPerIndex,
  isIndexed,
  isPodFailed,
  isTracked,
  validIndexOf,
  type ObservedJob,
  type ObservedPod,
} from './job-state';
import { judgeFailure } from './pod-failure-policy';

/** A Job and its pods, counted. */
export interface JobObservation {
  readonly job: ObservedJob;
  readonly pods: readonly ObservedPod[];
  readonly active: readonly ObservedPod[];
  readonly ready: number;
  readonly terminating: number;
  /** Ended since they were last counted. */
  readonly newlySucceeded: readonly ObservedPod[];
  readonly newlyFailed: readonly ObservedPod[];
  readonly succeeded: number;
  readonly failed: number;
  readonly uncounted: { readonly succeeded: ReadonlySet<string>; readonly failed: ReadonlySet<string> };
  /** Whether the pod's end is still to be counted: it holds the finalizer, and nobody has taken that off yet. */
  isHeld(pod: ObservedPod): boolean;
  readonly indexes?: ObservedIndexes;
}

export interface ObservedIndexes {
  /** As the status has them. */
  readonly counted: IndexIntervals;
  readonly succeeded: IndexIntervals;
  readonly failed?: IndexIntervals;
  /** Failed pods kept until their index has its next pod, which takes over their count of failures. */
  readonly awaitingReplacement: ReadonlyMap<number, ObservedPod>;
}

export function observeJob(
  job: ObservedJob,
  pods: readonly ObservedPod[],
  released: ReadonlySet<string> = new Set(),
): JobObservation {
  const { status } = job;
  const active = pods.filter(isPodActive);
  const uncounted = {
    succeeded: new Set(status?.uncountedTerminatedPods?.succeeded),
    failed: new Set(status?.uncountedTerminatedPods?.failed),
  };
  const isHeld = (pod: ObservedPod): boolean => isTracked(pod) && !released.has(pod.metadata.uid ?? '');
  const isValid = (pod: ObservedPod): boolean =>
    isHeld(pod) && (!isIndexed(job) || validIndexOf(pod, job) !== undefined);
  const isNew = (pod: ObservedPod, known: ReadonlySet<string>): boolean =>
    isValid(pod) && !known.has(pod.metadata.uid ?? '');
  const newlySucceeded = pods.filter((pod) => pod.status?.phase === 'Succeeded' && isNew(pod, uncounted.succeeded));
  const newlyFailed = pods.filter((pod) => isPodFailed(pod, job) && isNew(pod, uncounted.failed));
  const indexes = isIndexed(job) ? observeIndexes(job, pods.filter(isValid), active) : undefined;
  const countedFailed = job.spec?.podFailurePolicy
    ? newlyFailed.filter((pod) => judgeFailure(job, pod).isCounted).length
    : newlyFailed.length;
  return {
    job,
    pods,
    active,
    ready: active.filter(isPodReady).length,
    terminating: pods.filter((pod) => pod.metadata.deletionTimestamp && !isPodFinished(pod)).length,
    newlySucceeded,
    newlyFailed,
    succeeded: indexes
      ? countIndexes(indexes.succeeded)
      : (status?.succeeded ?? 0) + newlySucceeded.length + uncounted.succeeded.size,
    failed: (status?.failed ?? 0) + countedFailed + uncounted.failed.size,
    uncounted,
    isHeld,
    indexes,
  };
}

function observeIndexes(
  job: ObservedJob,
  valid: readonly ObservedPod[],
  active: readonly ObservedPod[],
): ObservedIndexes {
  const completions = job.spec?.completions ?? 0;
  const counted = parseIndexes(job.status?.completedIndexes, completions);
  const now = valid.filter((pod) => pod.status?.phase === 'Succeeded');
  const succeeded = mergeIndexes(counted, indexIntervals(now.map((pod) => validIndexOf(pod, job) ?? 0)));
  if (!hasLimitPerIndex(job)) return { counted, succeeded, awaitingReplacement: new Map() };
  const lost = valid.filter((pod) => isIndexFailed(job, pod)).map((pod) => validIndexOf(pod, job) ?? 0);
  const failed = mergeIndexes(parseIndexes(job.status?.failedIndexes, completions), indexIntervals(lost));
  const busy = new Set(active.map(completionIndexOf));
  const awaiting = new Map<number, ObservedPod>();
  for (const pod of valid) {
    const index = validIndexOf(pod, job) ?? 0;
    if (!isPodFailed(pod, job) || hasIndex(succeeded, index) || hasIndex(failed, index) || busy.has(index)) continue;
    const other = awaiting.get(index);
    if (!other || isLater(pod, other)) awaiting.set(index, pod);
  }
  return { counted, succeeded, failed, awaitingReplacement: awaiting };
}

const isLater = (pod: ObservedPod, other: ObservedPod): boolean =>
  absoluteFailures(other) <= absoluteFailures(pod) && finishedAt(pod) >= finishedAt(other);

/** Whether with this pod its index has failed for good. */
function isIndexFailed(job: ObservedJob, pod: ObservedPod): boolean {
  if (!isPodFailed(pod, job)) return false;
  const { action, isCounted } = judgeFailure(job, pod);
  if (action === 'FailIndex') return true;
  return isCounted && countedFailures(pod) >= (job.spec?.backoffLimitPerIndex ?? Infinity);
}
