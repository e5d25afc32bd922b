import { isConditionTrue, type DeepReadonly, type Job } from '@nestor/api';

/** Milliseconds that a finished Job has left to live; 0 when its time is up, undefined when it has no such time. */
export function remainingLifeMs({ metadata, spec, status }: DeepReadonly<Job>, now: number): number | undefined {
  const ttl = spec?.ttlSecondsAfterFinished;
  if (ttl === undefined || metadata.deletionTimestamp) return undefined;
  const finished = status?.conditions?.find(
    ({ type }) => (type === 'Complete' || type === 'Failed') && isConditionTrue(status.conditions, type),
  );
  const finishedAt = Date.parse(finished?.lastTransitionTime ?? '');
  return Number.isNaN(finishedAt) ? undefined : Math.max(0, finishedAt + ttl * 1000 - now);
}
