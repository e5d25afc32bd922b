import { ApiObject, builtInByKind, ResourceDefinition } from '@nestor/api';
import { serve } from '../registry/served-resource';
import { planDeletion } from './deletion';
import type { DeleteOptions } from './delete-options';

const now = new Date('2026-01-01T00:00:00Z');
const servedAs = (kind: string) => serve(builtInByKind('', 'v1', kind) as ResourceDefinition);
const plan = (object: ApiObject, options: Partial<DeleteOptions> = {}) => {
  const step = planDeletion(servedAs(object.kind), object, { dryRun: false, preconditions: {}, ...options }, now);
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  return { step, deletionTimestamp, deletionGracePeriodSeconds, finalizers };
};
const map = (metadata: object = {}): ApiObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...metadata },
});
const pod = (metadata: object = {}, nodeName = 'n'): ApiObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', ...metadata },
  spec: { nodeName, terminationGracePeriodSeconds: 30, containers: [] },
});

describe('planDeletion', () => {
  it('removes what nothing holds', () => expect(plan(map()).step).toBe('remove'));
  it('marks what a finalizer holds, once', () => {
    const held = map({ finalizers: ['x/y'] });
    expect(plan(held)).toMatchObject({
      step: 'mark',
      deletionTimestamp: '2026-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 0,
    });
    expect(plan(held).step).toBe('none');
  });
  it('adds the finalizer of a policy', () => {
    expect(plan(map(), { propagationPolicy: 'Orphan' })).toMatchObject({ step: 'mark', finalizers: ['orphan'] });
    expect(plan(map({ finalizers: ['orphan'] }), { propagationPolicy: 'Background' }).step).toBe('remove');
  });
  it('gives a running pod its grace, and takes less but not more', () => {
    const running = pod();
    expect(plan(running)).toMatchObject({ step: 'mark', deletionTimestamp: '2026-01-01T00:00:30Z' });
    expect(plan(running, { gracePeriodSeconds: 60 }).step).toBe('none');
    expect(plan(running, { gracePeriodSeconds: 5 })).toMatchObject({
      step: 'mark',
      deletionTimestamp: '2026-01-01T00:00:05Z',
    });
    expect(plan(running, { gracePeriodSeconds: 0 }).step).toBe('remove');
  });
  it('removes an unbound pod at once', () => expect(plan(pod({}, '')).step).toBe('remove'));
});
