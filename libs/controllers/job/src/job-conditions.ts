import type { DeepReadonly, JobCondition } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';

type Observed = DeepReadonly<JobCondition>;

export function newCondition(type: string, reason: string, message: string, now: number): JobCondition {
  const at = rfc3339(now);
  return { type, status: 'True', lastProbeTime: at, lastTransitionTime: at, reason, message };
}

/** The list with the condition in it, or the list itself when it says so already. One that never was is not made False. */
export function withJobCondition(list: readonly Observed[], next: JobCondition): readonly Observed[] {
  const current = list.find(({ type }) => type === next.type);
  if (!current) return next.status === 'False' ? list : [...list, next];
  const isSame = current.status === next.status && current.reason === next.reason && current.message === next.message;
  return isSame ? list : list.map((one) => (one === current ? next : one));
}
