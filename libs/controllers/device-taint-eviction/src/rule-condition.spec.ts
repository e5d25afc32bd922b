import type { DeviceTaintRule } from '@nestor/api';
import { evictionCondition, type RuleFacts } from './rule-condition';

const rule = (effect: string): DeviceTaintRule => ({
  apiVersion: 'resource.k8s.io/v1beta2',
  kind: 'DeviceTaintRule',
  metadata: { name: 'r', generation: 3 },
  spec: { taint: { key: 'broken', effect } },
});
const nothing: RuleFacts = { pods: 0, namespaces: 0, published: 0, allocated: 0, evicted: 0 };
const again = 'This information will not be updated again. Recreate the DeviceTaintRule to trigger an update.';

describe('evictionCondition', () => {
  it.each<[string, Partial<RuleFacts>, string, string, string]>([
    ['NoExecute', {}, 'False', 'NotStarted', ''],
    [
      'NoExecute',
      { pods: 1, namespaces: 1 },
      'True',
      'PodsPendingEviction',
      '1 pod needs to be evicted in 1 namespace.',
    ],
    [
      'NoExecute',
      { pods: 5, namespaces: 2, evicted: 1 },
      'True',
      'PodsPendingEviction',
      '5 pods need to be evicted in 2 different namespaces. 1 pod evicted since starting the controller.',
    ],
    ['NoExecute', { evicted: 2 }, 'False', 'Completed', '2 pods evicted since starting the controller.'],
    ['NoSchedule', {}, 'False', 'OtherEffect', 'Eviction only happens for the NoExecute effect.'],
    [
      'None',
      { published: 1, allocated: 1, pods: 1, namespaces: 1 },
      'False',
      'NoEffect',
      `1 published device selected. 1 allocated device selected. 1 pod would be evicted in 1 namespace if the effect was NoExecute. ${again}`,
    ],
    [
      'None',
      { published: 4 },
      'False',
      'NoEffect',
      `4 published devices selected. 0 allocated devices selected. 0 pods would be evicted in 0 different namespaces if the effect was NoExecute. ${again}`,
    ],
  ])('of effect %s with %j is %s, %s', (effect, facts, status, reason, message) => {
    expect(evictionCondition(rule(effect), { ...nothing, ...facts })).toEqual({
      type: 'EvictionInProgress',
      status,
      reason,
      message,
      observedGeneration: 3,
    });
  });
});
