import type { DeepReadonly, Pod } from '@nestor/api';

type ObservedPod = DeepReadonly<Pod>;

/** Neither finished nor on its way out. */
export function isPodActive(pod: ObservedPod): boolean {
  return !isPodFinished(pod) && !pod.metadata.deletionTimestamp;
}
export function isPodFinished(pod: ObservedPod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}
export function readyCondition(pod: ObservedPod) {
  return pod.status?.conditions?.find((condition) => condition.type === 'Ready');
}
export function isPodReady(pod: ObservedPod): boolean {
  return readyCondition(pod)?.status === 'True';
}

/** Milliseconds until a ready pod counts as available; 0 when it does, undefined while it is not ready. */
export function untilAvailable(pod: ObservedPod, minReadySeconds: number, now: number): number | undefined {
  const ready = readyCondition(pod);
  if (ready?.status !== 'True') return undefined;
  if (minReadySeconds === 0) return 0;
  if (!ready.lastTransitionTime) return undefined;
  return Math.max(0, Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000 - now);
}
