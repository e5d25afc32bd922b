import type { ApiObject, Pod, PodCondition } from '@nestor/api';

/** The pod with one condition put in place; its time moves only when its status does (podutil.UpdatePodCondition). */
export function withPodCondition(
  pod: Pod,
  condition: Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>,
  now: string,
): ApiObject {
  const conditions = pod.status?.conditions ?? [];
  const before = conditions.find(({ type }) => type === condition.type);
  const next: PodCondition = {
    ...condition,
    observedGeneration: pod.metadata.generation,
    lastTransitionTime: before?.status === condition.status ? before.lastTransitionTime : now,
  };
  const others = conditions.map((one) => (one === before ? next : one));
  return { ...pod, status: { ...pod.status, conditions: before ? others : [...conditions, next] } };
}
