import type { StatefulSet } from '../meta/json-types';
import { statefulSetDefinition } from './stateful-set';

const context = { now: '', namespace: '', user: { name: '', groups: [] }, subresource: '' };
const aSet = (spec: object = {}): StatefulSet => {
  const set = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db' },
    spec: {
      replicas: 1,
      serviceName: 'db',
      podManagementPolicy: 'OrderedReady',
      selector: { matchLabels: { app: 'db' } },
      updateStrategy: { type: 'RollingUpdate' },
      template: {
        metadata: { labels: { app: 'db' } },
        spec: { containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'data', mountPath: '/d' }] }] },
      },
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }],
      ...spec,
    },
  } as unknown as StatefulSet;
  statefulSetDefinition.strategy.setDefaults?.(set);
  return set;
};
const problems = (set: StatefulSet, old?: StatefulSet): string[] =>
  (old
    ? statefulSetDefinition.strategy.validateUpdate?.(set, old, context)
    : statefulSetDefinition.strategy.validate?.(set, context)
  )?.map(({ field, detail }) => `${field}: ${detail}`) ?? [];

describe('StatefulSet', () => {
  it('defaults its strategy, retention and claims', () => {
    expect(aSet().spec).toMatchObject({
      updateStrategy: { rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      volumeClaimTemplates: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: { phase: 'Pending' } }],
    });
  });
  it.each<[string, object, RegExp | undefined]>([
    ['mounts of claim templates', {}, undefined],
    ['an unknown policy', { podManagementPolicy: 'Random' }, /^spec.podManagementPolicy: must be 'OrderedReady' or/],
    ['a rolling update with OnDelete', { updateStrategy: { type: 'OnDelete', rollingUpdate: {} } }, /only allowed for/],
    ['another selector', { selector: { matchLabels: { app: 'x' } } }, /does not match template/],
    ['a first ordinal below zero', { ordinals: { start: -1 } }, /^spec.ordinals.start/],
  ])('%s', (_, spec, expected) => {
    const found = problems(aSet(spec)).join('\n');
    if (expected) expect(found).toMatch(expected);
    else expect(found).toBe('');
  });
  it('lets only some fields change', () => {
    expect(problems(aSet({ replicas: 5 }), aSet())).toEqual([]);
    expect(problems(aSet({ serviceName: 'other' }), aSet()).join()).toContain(
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy'",
    );
  });
});
