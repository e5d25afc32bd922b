import { findCondition, isConditionTrue, countIndexes, type JobCondition } from '@nestor/api';
import { nextBackoffRecord, remainingBackoffMs, type BackoffRecord } from './backoff';
import { newCondition } from './job-conditions';
import {
  hasLimitPerIndex,
  isIndexed,
  isPodFailed,
  replacesOnlyFailed,
  type ObservedJob,
  type ObservedPod,
} from './job-state';
import type { JobObservation } from './observe-job';
import { firstPendingIndexes, readyIndexes } from './pending-indexes';
import { judgeFailure } from './pod-failure-policy';
import { podsToRemove } from './removal-order';
import { matchSuccessPolicy } from './success-policy';

/** As Kubernetes: at most this many pods are created or deleted in one go. */
const maxPodsPerSync = 500;

/** What to do to the pods of a Job. */
export interface PodPlan {
  /** The Job is over, well or not: all active pods go, each to be counted. */
  readonly verdict?: JobCondition;
  readonly remove: readonly ObservedPod[];
  readonly create: number;
  /** The index of each pod to create. */
  readonly indexes?: readonly number[];
  /** Milliseconds until there may be more to do. */
  readonly waitMs?: number;
}

export interface PlanInput {
  readonly observed: JobObservation;
  readonly backoff: BackoffRecord | undefined;
  /** When the Job started or starts now; undefined while it is suspended. */
  readonly startedAt: number | undefined;
  /** Whether the copy shows all that was written: only then pods may be made or taken away. */
  readonly isSettled: boolean;
  readonly now: number;
}

export function planPods(input: PlanInput): PodPlan {
  const { observed, isSettled } = input;
  const verdict = judgeJob(input);
  if (verdict) return { verdict, remove: observed.active, create: 0 };
  const waitMs = untilDeadline(input);
  if (!isSettled || observed.job.metadata.deletionTimestamp) return { remove: [], create: 0, waitMs };
  const plan = planCount(input);
  return { ...plan, waitMs: earlier(plan.waitMs, waitMs) };
}

/** Why the Job ends, if it does: SuccessCriteriaMet, FailureTarget, or Failed once FailureTarget is written. */
function judgeJob(input: PlanInput): JobCondition | undefined {
  const { job } = input.observed;
  const conditions = job.status?.conditions;
  const met = findCondition(conditions, 'SuccessCriteriaMet');
  if (met?.status === 'True') return { ...met };
  const target = findCondition(conditions, 'FailureTarget');
  if (target?.status === 'True') return newCondition('Failed', target.reason ?? '', target.message ?? '', input.now);
  return judgeFailures(input) ?? judgeIndexes(input);
}

function judgeFailures({ observed, startedAt, now }: PlanInput): JobCondition | undefined {
  const { job, pods, failed } = observed;
  const target = (reason: string, message: string): JobCondition => newCondition('FailureTarget', reason, message, now);
  const message = failureByPolicy(job, pods);
  if (message !== undefined) return target('PodFailurePolicy', message);
  if (failed > (job.spec?.backoffLimit ?? 6) || isPastRestarts(job, pods)) {
    return target('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  const { activeDeadlineSeconds: deadline, suspend } = job.spec ?? {};
  if (deadline === undefined || startedAt === undefined || suspend || now - startedAt < deadline * 1000)
    return undefined;
  return target('DeadlineExceeded', 'Job was active longer than specified deadline');
}

function failureByPolicy(job: ObservedJob, pods: readonly ObservedPod[]): string | undefined {
  if (!job.spec?.podFailurePolicy) return undefined;
  for (const pod of pods) {
    const message = isPodFailed(pod, job) ? judgeFailure(job, pod).failsJob : undefined;
    if (message !== undefined) return message;
  }
  return undefined;
}

/** With restartPolicy OnFailure the restarts of containers stand for failed pods. */
function isPastRestarts({ spec }: ObservedJob, pods: readonly ObservedPod[]): boolean {
  if (spec?.template.spec?.restartPolicy !== 'OnFailure') return false;
  let restarts = 0;
  for (const { status } of pods) {
    if (status?.phase !== 'Running' && status?.phase !== 'Pending') continue;
    for (const { restartCount } of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
      restarts += restartCount;
    }
  }
  return restarts >= Math.max(1, spec.backoffLimit ?? 6);
}

function judgeIndexes({ observed: { job, indexes }, now }: PlanInput): JobCondition | undefined {
  if (!indexes) return undefined;
  const lost = countIndexes(indexes.failed ?? []);
  const { maxFailedIndexes = Infinity, completions = 0 } = job.spec ?? {};
  if (lost > maxFailedIndexes) {
    const message = 'Job has exceeded the specified maximal number of failed indexes';
    return newCondition('FailureTarget', 'MaxFailedIndexesExceeded', message, now);
  }
  if (lost > 0 && lost + countIndexes(indexes.succeeded) >= completions) {
    return newCondition('FailureTarget', 'FailedIndexes', 'Job has failed indexes', now);
  }
  const message = matchSuccessPolicy(job, indexes.succeeded);
  return message === undefined ? undefined : newCondition('SuccessCriteriaMet', 'SuccessPolicy', message, now);
}

function untilDeadline({ observed: { job }, startedAt, now }: PlanInput): number | undefined {
  const deadline = job.spec?.activeDeadlineSeconds;
  if (deadline === undefined || startedAt === undefined || job.spec?.suspend) return undefined;
  return startedAt + deadline * 1000 - now;
}

function planCount(input: PlanInput): PodPlan {
  const { job, active, terminating } = input.observed;
  if (job.spec?.suspend) return { remove: podsToRemove(job, active, active.length), create: 0 };
  const wanted = wantedPods(input.observed);
  const remove = podsToRemove(job, active, Math.max(0, active.length - wanted)).slice(0, maxPodsPerSync);
  // Either take away or add, as Kubernetes: what goes may free an index for what comes.
  if (remove.length > 0) return { remove, create: 0 };
  const missing = wanted - active.length - (replacesOnlyFailed(job) ? terminating : 0);
  return missing > 0 ? planCreation(input, Math.min(missing, maxPodsPerSync)) : { remove: [], create: 0 };
}

function wantedPods({ job, active, succeeded }: JobObservation): number {
  const { completions, parallelism = 1 } = job.spec ?? {};
  // Without a number of completions the first success ends the creation of pods.
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism;
  return Math.max(0, Math.min(parallelism, completions - succeeded));
}

function planCreation({ observed, backoff, now }: PlanInput, count: number): PodPlan {
  const { job, newlySucceeded, newlyFailed } = observed;
  if (!hasLimitPerIndex(job)) {
    const waitMs = remainingBackoffMs(nextBackoffRecord(backoff, newlySucceeded, newlyFailed), now);
    if (waitMs > 0) return { remove: [], create: 0, waitMs };
  }
  if (!isIndexed(job)) return { remove: [], create: count };
  const pending = firstPendingIndexes(observed, count);
  if (!hasLimitPerIndex(job)) return { remove: [], create: pending.length, indexes: pending };
  const { ready, waitMs } = readyIndexes(observed, pending, now);
  return { remove: [], create: ready.length, indexes: ready, waitMs };
}

/** Complete by the number of successes. */
export function judgeCompletion(
  { job, succeeded }: JobObservation,
  active: number,
  now: number,
): JobCondition | undefined {
  const needed = job.spec?.completions ?? 1;
  if (succeeded < needed || active > 0 || isConditionTrue(job.status?.conditions, 'SuccessCriteriaMet'))
    return undefined;
  const message = 'Reached expected number of succeeded pods';
  return newCondition('SuccessCriteriaMet', 'CompletionsReached', message, now);
}

const earlier = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
