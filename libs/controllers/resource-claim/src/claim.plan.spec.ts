import { claimFinalizer, type ResourceClaim } from '@nestor/api';
import { planClaim } from './claim.plan';
import { generatedNameOf } from './new-claim';

const allocation = { devices: { results: [] } };
const users = (...uids: string[]) => uids.map((uid) => ({ resource: 'pods', name: uid, uid }));
const claim = (status: ResourceClaim['status'], metadata: ResourceClaim['metadata'] = {}): ResourceClaim => ({
  apiVersion: 'resource.k8s.io/v1',
  kind: 'ResourceClaim',
  metadata: { name: 'c', namespace: 'n', ...metadata },
  spec: {},
  status,
});
const finalizers = [claimFinalizer];
const deleted = { finalizers, deletionTimestamp: '2026-01-01T00:00:00Z' };
const plan = (of: ResourceClaim, gone: string[] = [], ownerIsDone = false) =>
  planClaim({ claim: of, gone: new Set(gone), ownerIsDone });

describe('planClaim', () => {
  it.each([
    ['leaves what is used alone', plan(claim({ allocation, reservedFor: users('a') }, { finalizers })), {}],
    ['leaves what was never used alone', plan(claim({ allocation }, { finalizers })), {}],
    [
      'ends the reservation of one of two',
      plan(claim({ allocation, reservedFor: users('a', 'b') }, { finalizers }), ['a']),
      { status: { allocation, reservedFor: users('b') } },
    ],
    [
      'gives the devices back with the last',
      plan(claim({ allocation, reservedFor: users('a') }, { finalizers: [...finalizers, 'x/y'] }), ['a']),
      { status: {}, finalizers: ['x/y'] },
    ],
    [
      'leaves allocations of others to them',
      plan(claim({ allocation, reservedFor: users('a') }), ['a']),
      { status: { allocation } },
    ],
    ['lets a deleted claim go', plan(claim({ allocation }, deleted)), { status: {}, finalizers: [] }],
    ['keeps a deleted claim that is used', plan(claim({ allocation, reservedFor: users('a') }, deleted)), {}],
    ['deletes what was generated for a pod that is done', plan(claim({}), [], true), { remove: true }],
  ])('%s', (_, planned, expected) => expect(planned).toEqual(expected));
});

describe('generatedNameOf', () => {
  it('cuts both names in proportion', () => {
    expect(generatedNameOf('pod', 'gpu')).toBe('pod-gpu-');
    const name = generatedNameOf('p'.repeat(60), 'c'.repeat(40));
    expect(name).toMatch(/^p{33}-c{22}$/);
  });
});
