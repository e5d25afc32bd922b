import type { DeepReadonly, PodGroup } from '@nestor/api';

export type PodGroupCondition = NonNullable<NonNullable<PodGroup['status']>['conditions']>[number];

/** How a cycle ended for the group, worded as kube-scheduler's status of it. */
export interface PodGroupResult {
  readonly result: 'scheduled' | 'unschedulable' | 'waiting_on_preemption' | 'error';
  readonly message: string;
}

const reasons = {
  scheduled: 'Scheduled',
  unschedulable: 'Unschedulable',
  waiting_on_preemption: 'Unschedulable',
  error: 'SchedulerError',
} as const;

/** What the group's status is to say now; undefined when it says so already, or that the group has been scheduled before. */
export function podGroupCondition(
  group: DeepReadonly<PodGroup>,
  { result, message }: PodGroupResult,
  now: string,
): PodGroupCondition | undefined {
  const known = group.status?.conditions?.find(({ type }) => type === 'PodGroupScheduled');
  const status = result === 'scheduled' ? 'True' : 'False';
  // Later pods of a group that was scheduled once say nothing about it.
  if (known?.status === 'True' && status === 'False') return undefined;
  const reason = reasons[result];
  const observedGeneration = group.metadata.generation;
  if (
    known?.status === status &&
    known.reason === reason &&
    known.message === message &&
    known.observedGeneration === observedGeneration
  )
    return undefined;
  const lastTransitionTime = known?.status === status ? known.lastTransitionTime : now;
  return { type: 'PodGroupScheduled', status, reason, message, observedGeneration, lastTransitionTime };
}
