import { indexFailureCountAnnotation, indexIgnoredFailureCountAnnotation } from '@nestor/api';
import type { ObservedPod } from './job-state';

const firstDelayMs = 10_000;
const longestDelayMs = 10 * 60_000;

/** Failures since the last success, and when the last of them was. */
export interface BackoffRecord {
  readonly failures: number;
  readonly lastFailureAt: number;
}

/** The record after these pods have ended; undefined when there is nothing to wait for. */
export function nextBackoffRecord(
  before: BackoffRecord | undefined,
  succeeded: readonly ObservedPod[],
  failed: readonly ObservedPod[],
): BackoffRecord | undefined {
  const lastSuccess = succeeded.length > 0 ? Math.max(...succeeded.map(finishedAt)) : undefined;
  const times = failed.map(finishedAt).filter((time) => lastSuccess === undefined || time > lastSuccess);
  const earlier = lastSuccess === undefined ? before : undefined;
  if (times.length === 0) return earlier;
  return { failures: (earlier?.failures ?? 0) + times.length, lastFailureAt: Math.max(...times) };
}

/** 10 s after the first failure, twice as long after each further one, ten minutes at most. */
export function remainingBackoffMs(record: BackoffRecord | undefined, now: number): number {
  if (!record || record.failures === 0) return 0;
  const delay = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(record.failures - 1, 10));
  return Math.max(0, record.lastFailureAt + delay - now);
}

/** The wait before an index gets its next pod; the pod that failed tells of those before it. */
export function remainingIndexBackoffMs(lastFailed: ObservedPod | undefined, now: number): number {
  if (!lastFailed) return 0;
  return remainingBackoffMs({ failures: absoluteFailures(lastFailed) + 1, lastFailureAt: finishedAt(lastFailed) }, now);
}

export const countedFailures = (pod: ObservedPod): number => countIn(pod, indexFailureCountAnnotation);
export const ignoredFailures = (pod: ObservedPod): number => countIn(pod, indexIgnoredFailureCountAnnotation);
export const absoluteFailures = (pod: ObservedPod): number => countedFailures(pod) + ignoredFailures(pod);

function countIn({ metadata }: ObservedPod, annotation: string): number {
  const text = metadata.annotations?.[annotation] ?? '';
  return /^\d{1,10}$/.test(text) ? Number(text) : 0;
}

/** When a pod ended: by its containers, by its readiness, by its deletion, or else by its creation. */
export function finishedAt(pod: ObservedPod): number {
  const { metadata, status } = pod;
  const byContainers = containersFinishedAt(pod);
  if (byContainers !== undefined) return byContainers;
  const ready = status?.conditions?.find((condition) => condition.type === 'Ready');
  if (ready?.status === 'False' && ready.lastTransitionTime) return Date.parse(ready.lastTransitionTime);
  if (metadata.deletionTimestamp) {
    return Date.parse(metadata.deletionTimestamp) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  }
  return Date.parse(metadata.creationTimestamp ?? '') || 0;
}

function containersFinishedAt({ spec, status }: ObservedPod): number | undefined {
  // Sidecars end after the containers they serve.
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const names = new Set(sidecars.map(({ name }) => name));
  const containers = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []).filter(({ name }) => names.has(name)),
  ];
  const times = containers.map(({ state }) => Date.parse(state?.terminated?.finishedAt ?? ''));
  return times.length === 0 || times.some(Number.isNaN) ? undefined : Math.max(...times);
}
