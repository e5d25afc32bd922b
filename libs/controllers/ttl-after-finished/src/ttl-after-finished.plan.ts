import { isConditionTrue, type DeepReadonly, type Job } from '@nestor/api';

/** When a finished Job's time is up; undefined when it has no such time. */
export function endOfLife({ metadata, spec, status }: DeepReadonly<Job>): number | undefined {
  const ttl = spec?.ttlSecondsAfterFinished;
  if (ttl === undefined || metadata.deletionTimestamp) return undefined;
  const finished = status?.conditions?.find(
    ({ type }) => (type === 'Complete' || type === 'Failed') && isConditionTrue(status.conditions, type),
  );
  const finishedAt = Date.parse(finished?.lastTransitionTime ?? '');
  return Number.isNaN(finishedAt) ? undefined : finishedAt + ttl * 1000;
}

/** Milliseconds that a finished Job has left to live; 0 when its time is up, undefined when it has no such time. */
export function remainingLifeMs(job: DeepReadonly<Job>, now: number): number | undefined {
  const end = endOfLife(job);
  return end === undefined ? undefined : Math.max(0, end - now);
}
