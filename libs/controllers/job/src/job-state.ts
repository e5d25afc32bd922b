import {
  completionIndexAnnotation,
  isConditionTrue,
  jobControllerName,
  jobTrackingFinalizer,
  type DeepReadonly,
  type Job,
  type JobSpec,
  type Pod,
} from '@nestor/api';

export type ObservedJob = DeepReadonly<Job>;
export type ObservedPod = DeepReadonly<Pod>;
export type ObservedSpec = DeepReadonly<JobSpec>;

export const isIndexed = ({ spec }: ObservedJob): boolean => spec?.completionMode === 'Indexed';
export const hasLimitPerIndex = (job: ObservedJob): boolean =>
  isIndexed(job) && job.spec?.backoffLimitPerIndex !== undefined;

export function isFinished({ status }: ObservedJob): boolean {
  return isConditionTrue(status?.conditions, 'Complete') || isConditionTrue(status?.conditions, 'Failed');
}

/** Somebody else keeps it. */
export function isManagedElsewhere({ spec }: ObservedJob): boolean {
  return spec?.managedBy !== undefined && spec.managedBy !== jobControllerName;
}

/** Pods on their way out are not replaced, and do not count as failed, before they have ended. */
export function replacesOnlyFailed({ spec }: ObservedJob): boolean {
  return spec?.podReplacementPolicy === 'Failed' || spec?.podFailurePolicy !== undefined;
}

export const isTracked = ({ metadata }: ObservedPod): boolean =>
  metadata.finalizers?.includes(jobTrackingFinalizer) ?? false;

export function isPodFailed(pod: ObservedPod, job: ObservedJob): boolean {
  if (pod.status?.phase === 'Failed') return true;
  if (replacesOnlyFailed(job)) return false;
  // A pod that its node took along may never come to be Failed.
  return pod.metadata.deletionTimestamp !== undefined && pod.status?.phase !== 'Succeeded';
}

/** The completion index of an indexed Job's pod, if it has a usable one. */
export function completionIndexOf(pod: ObservedPod): number | undefined {
  const text = pod.metadata.annotations?.[completionIndexAnnotation];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** The index, where the Job still has it. */
export function validIndexOf(pod: ObservedPod, { spec }: ObservedJob): number | undefined {
  const index = completionIndexOf(pod);
  return index !== undefined && index < (spec?.completions ?? 0) ? index : undefined;
}
