import type { DeepReadonly, PodGroup } from '@nestor/api';
import { PodGroupCondition, podGroupCondition } from './pod-group-condition';

const now = '2026-01-02T00:00:00Z';
const earlier = '2026-01-01T00:00:00Z';

function aGroup(...conditions: PodGroupCondition[]): DeepReadonly<PodGroup> {
  return {
    apiVersion: 'scheduling.k8s.io/v1alpha2',
    kind: 'PodGroup',
    metadata: { name: 'crew', namespace: 'default', generation: 1 },
    spec: { schedulingPolicy: { gang: { minCount: 2 } } },
    status: { conditions },
  };
}

const condition = (status: string, reason: string, message: string, lastTransitionTime: string): PodGroupCondition => ({
  type: 'PodGroupScheduled',
  status,
  reason,
  message,
  observedGeneration: 1,
  lastTransitionTime,
});
const refused = condition('False', 'Unschedulable', 'pod group is unschedulable', earlier);

it.each([
  ['scheduled', '', condition('True', 'Scheduled', '', now)],
  ['unschedulable', 'pod group is unschedulable', { ...refused, lastTransitionTime: now }],
  ['waiting_on_preemption', 'waiting', condition('False', 'Unschedulable', 'waiting', now)],
  ['error', 'broken', condition('False', 'SchedulerError', 'broken', now)],
] as const)('tells of a group that is %s', (result, message, expected) =>
  expect(podGroupCondition(aGroup(), { result, message }, now)).toEqual(expected),
);

it('keeps the time of the last transition and writes nothing twice', () => {
  const again = { result: 'unschedulable', message: refused.message } as const;
  expect(podGroupCondition(aGroup(refused), again, now)).toBeUndefined();
  const worse = { result: 'error', message: 'broken' } as const;
  expect(podGroupCondition(aGroup(refused), worse, now)?.lastTransitionTime).toBe(earlier);
  expect(podGroupCondition(aGroup(refused), { result: 'scheduled', message: '' }, now)?.lastTransitionTime).toBe(now);
});

it('does not take back that a group was scheduled when later pods of it are not', () => {
  const done = condition('True', 'Scheduled', '', earlier);
  expect(podGroupCondition(aGroup(done), { result: 'unschedulable', message: 'x' }, now)).toBeUndefined();
});
