import {
  countIndexes,
  formatIndexes,
  hasIndex,
  indexIntervals,
  isConditionTrue,
  mergeIndexes,
  semanticEqual,
  type JobCondition,
  type JobStatus,
} from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import { newCondition, withJobCondition } from './job-conditions';
import { isIndexed, isPodFailed, validIndexOf, type ObservedJob, type ObservedPod } from './job-state';
import type { JobObservation } from './observe-job';
import { judgeFailure } from './pod-failure-policy';

/** As Kubernetes: bounds what a status may hold, and how long one Job keeps others waiting. */
const maxUncounted = 500;

export interface StatusInput {
  readonly observed: JobObservation;
  readonly startTime: string | undefined;
  /** After what was just created and removed. */
  readonly counts: { readonly active: number; readonly ready: number; readonly terminating: number };
  readonly verdict: JobCondition | undefined;
  /** Whether Suspended is to follow the spec now. */
  readonly isManaged: boolean;
  readonly now: number;
}

export interface PlannedStatus {
  readonly status: JobStatus;
  readonly isChanged: boolean;
  /** Pods that may lose the finalizer once the status is written. */
  readonly release: readonly ObservedPod[];
  /** The condition that ends the Job once all is counted and gone. */
  readonly ending?: JobCondition;
  /** 'Suspended' or 'Resumed' when that is new. */
  readonly turned?: 'Suspended' | 'Resumed';
}

export function planStatus(input: StatusInput): PlannedStatus {
  const { observed, counts, verdict, now } = input;
  const old = observed.job.status ?? {};
  const { active, ready, terminating } = counts;
  const status: JobStatus = { ...structuredClone(old as JobStatus), startTime: input.startTime, ready, terminating };
  status.active = active || undefined;
  const turned = input.isManaged ? turnSuspended(status, input) : undefined;
  const uids = new Set(observed.pods.filter(observed.isHeld).map((pod) => pod.metadata.uid ?? ''));
  settleCounted(status, (uid) => uids.has(uid));
  const { release, isCapped } = collect(input, status);
  if (verdict && verdict.type !== 'Failed') {
    status.conditions = withJobCondition(status.conditions ?? [], verdict) as JobCondition[];
  }
  const ending = verdict && !isCapped ? endingOf(verdict, now) : undefined;
  return { status, isChanged: !semanticEqual(old, status), release, ending, turned };
}

function endingOf(verdict: JobCondition, now: number): JobCondition {
  const type = verdict.type === 'SuccessCriteriaMet' ? 'Complete' : 'Failed';
  return newCondition(type, verdict.reason ?? '', verdict.message ?? '', now);
}

function turnSuspended(status: JobStatus, { observed, verdict, now }: StatusInput): PlannedStatus['turned'] {
  if (verdict) return undefined;
  const before = status.conditions ?? [];
  const next = observed.job.spec?.suspend
    ? newCondition('Suspended', 'JobSuspended', 'Job suspended', now)
    : { ...newCondition('Suspended', 'JobResumed', 'Job resumed', now), status: 'False' };
  const conditions = withJobCondition(before, next) as JobCondition[];
  if (conditions === before) return undefined;
  status.conditions = conditions;
  if (next.status === 'True') return 'Suspended';
  // The deadline counts the time that the Job has been running since.
  status.startTime = rfc3339(now);
  return 'Resumed';
}

/** Takes the pods that have let go of the finalizer from the lists into the counters. */
export function settleCounted(status: JobStatus, holdsFinalizer: (uid: string) => boolean): boolean {
  const lists = (status.uncountedTerminatedPods ??= {});
  let isChanged = false;
  for (const name of ['succeeded', 'failed'] as const) {
    const before = lists[name] ?? [];
    const left = before.filter(holdsFinalizer);
    if (left.length === before.length) continue;
    isChanged = true;
    status[name] = (status[name] ?? 0) + before.length - left.length;
    if (left.length > 0) lists[name] = left;
    else delete lists[name];
  }
  return isChanged;
}

/** Puts pods that have ended on record, so that none is lost or counted twice when it goes. */
function collect(input: StatusInput, status: JobStatus): { release: ObservedPod[]; isCapped: boolean } {
  const { observed } = input;
  const release: ObservedPod[] = [];
  const lists = (status.uncountedTerminatedPods ??= {});
  const done = new Set<number>();
  const recorded = (): number => done.size + (lists.succeeded?.length ?? 0) + (lists.failed?.length ?? 0);
  let isCapped = false;
  const ended = observed.pods.filter((pod) => observed.isHeld(pod) && mayRelease(input, pod));
  for (const pod of inIndexOrder(observed.job, ended)) {
    if (recorded() >= maxUncounted) {
      isCapped = true;
      break;
    }
    release.push(pod);
    record(input, pod, lists, done);
  }
  writeIndexes(observed, status, done);
  return { release, isCapped };
}

/** Only those that have just ended: a Job of ten thousand is looked at once a second. */
function inIndexOrder(job: ObservedJob, pods: readonly ObservedPod[]): readonly ObservedPod[] {
  if (!isIndexed(job)) return pods;
  const keyed = pods.map((pod) => ({ pod, index: validIndexOf(pod, job) ?? -1 }));
  return keyed.sort((a, b) => a.index - b.index).map(({ pod }) => pod);
}

function mayRelease({ observed, verdict }: StatusInput, pod: ObservedPod): boolean {
  const { job, indexes } = observed;
  if (job.metadata.deletionTimestamp || verdict || pod.status?.phase === 'Succeeded') return true;
  if (!isPodFailed(pod, job)) return false;
  const index = validIndexOf(pod, job);
  return index === undefined || indexes?.awaitingReplacement.get(index)?.metadata.uid !== pod.metadata.uid;
}

type Lists = NonNullable<JobStatus['uncountedTerminatedPods']>;

function record({ observed, verdict }: StatusInput, pod: ObservedPod, lists: Lists, done: Set<number>): void {
  const { job, uncounted, indexes } = observed;
  const uid = pod.metadata.uid ?? '';
  const index = validIndexOf(pod, job);
  if (pod.status?.phase === 'Succeeded' && !uncounted.failed.has(uid)) {
    // An index succeeds once; its number is record enough.
    if (indexes) {
      if (index !== undefined && !hasIndex(indexes.counted, index)) done.add(index);
    } else if (!uncounted.succeeded.has(uid)) lists.succeeded = [...(lists.succeeded ?? []), uid];
    return;
  }
  // When the Job has failed, whatever still runs has failed with it.
  const isLost = isPodFailed(pod, job) || (verdict !== undefined && verdict.type !== 'SuccessCriteriaMet');
  if (!isLost || uncounted.failed.has(uid) || (indexes && index === undefined)) return;
  if (judgeFailure(job, pod).isCounted) lists.failed = [...(lists.failed ?? []), uid];
}

function writeIndexes({ indexes }: JobObservation, status: JobStatus, done: ReadonlySet<number>): void {
  if (!indexes) return;
  const succeeded = mergeIndexes(indexes.counted, indexIntervals(done));
  status.succeeded = countIndexes(succeeded) || undefined;
  status.completedIndexes = formatIndexes(succeeded) || undefined;
  if (indexes.failed) status.failedIndexes = formatIndexes(indexes.failed);
}

/** The status of a Job that is over: all is counted and no pod is left. Undefined while that is not so. */
export function finishStatus(status: JobStatus, ending: JobCondition): JobStatus | undefined {
  const { succeeded, failed } = status.uncountedTerminatedPods ?? {};
  if (succeeded?.length || failed?.length || status.terminating || status.active) return undefined;
  const conditions = withJobCondition(status.conditions ?? [], ending) as JobCondition[];
  if (isConditionTrue(status.conditions, ending.type)) return undefined;
  const completionTime = ending.type === 'Complete' ? ending.lastTransitionTime : undefined;
  return { ...status, conditions, ...(completionTime !== undefined && { completionTime }) };
}
