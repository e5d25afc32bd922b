import type { DeviceTaint, DeviceTaintRule, DeviceToleration, Pod, ResourceClaim, ResourceSlice } from '@nestor/api';
import { podEviction, type ObservedDevices } from './device-taint-eviction.plan';

const time = (seconds: number): string => new Date(seconds * 1000).toISOString();
const taint = (over: Partial<DeviceTaint> = {}): DeviceTaint => ({
  key: 'broken',
  effect: 'NoExecute',
  timeAdded: time(1000),
  ...over,
});
const slice = (taints: DeviceTaint[], generation = 1): ResourceSlice => ({
  apiVersion: 'resource.k8s.io/v1',
  kind: 'ResourceSlice',
  metadata: { name: `s${generation}` },
  spec: {
    driver: 'd.com',
    nodeName: 'n',
    pool: { name: 'p', generation, resourceSliceCount: 1 },
    devices: [{ name: 'gpu', taints }, { name: 'other' }],
  },
});
const rule = (name: string, given: DeviceTaint, deviceSelector: object | undefined = {}): DeviceTaintRule => ({
  apiVersion: 'resource.k8s.io/v1beta2',
  kind: 'DeviceTaintRule',
  metadata: { name, uid: name },
  spec: { deviceSelector, taint: given },
});
const claim = (tolerations?: DeviceToleration[], uid = 'pod-uid'): ResourceClaim => ({
  apiVersion: 'resource.k8s.io/v1',
  kind: 'ResourceClaim',
  metadata: { name: 'c', namespace: 'default' },
  spec: {},
  status: {
    reservedFor: [{ resource: 'pods', name: 'p', uid }],
    allocation: {
      devices: { results: [{ request: 'r', driver: 'd.com', pool: 'p', device: 'gpu', tolerations }] },
    },
  },
});
const pod = (spec: Partial<Pod['spec']> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default', uid: 'pod-uid' },
  spec: {
    nodeName: 'n',
    containers: [],
    resourceClaims: [{ name: 'gpu', resourceClaimName: 'c' }],
    ...spec,
  },
});

interface World {
  slices?: ResourceSlice[];
  rules?: DeviceTaintRule[];
  claim?: ResourceClaim;
}
const observed = ({ slices = [], rules = [], claim: found = claim() }: World): ObservedDevices => ({
  claim: (_namespace, name) => (name === 'c' ? found : undefined),
  slices: (driver, pool) => (driver === 'd.com' && pool === 'p' ? slices : []),
  rules,
});
/** When, in seconds, and for which rules. */
const decide = (world: World, of = pod()): [number, string[]] | undefined => {
  const eviction = podEviction(of, observed(world));
  return eviction && [eviction.when / 1000, [...eviction.rules].map(({ metadata }) => metadata.name ?? '').sort()];
};
const tolerated = (...tolerations: DeviceToleration[]): World => ({
  slices: [slice([taint()])],
  claim: claim(tolerations),
});
const exists = (over: Partial<DeviceToleration> = {}): DeviceToleration => ({
  key: 'broken',
  operator: 'Exists',
  ...over,
});

describe('podEviction', () => {
  it.each<[string, World, [number, string[]] | undefined]>([
    ['not without taints', { slices: [slice([])] }, undefined],
    [
      'not for other effects',
      { slices: [slice([taint({ effect: 'NoSchedule' }), taint({ effect: 'None' })])] },
      undefined,
    ],
    ['from when the taint was added', { slices: [slice([taint()])] }, [1000, []]],
    ['for the earliest of several', { slices: [slice([taint(), taint({ key: 'a', timeAdded: time(7) })])] }, [7, []]],
    ['not for what an older generation said', { slices: [slice([taint()]), slice([], 2)] }, undefined],
    ['for a rule', { rules: [rule('all', taint())] }, [1000, ['all']]],
    [
      'for a rule of a device that is not published any more',
      { slices: [], rules: [rule('all', taint())] },
      [1000, ['all']],
    ],
    ['not for rules that select other devices', { rules: [rule('x', taint(), { device: 'other' })] }, undefined],
    ['not for a rule that does not evict', { rules: [rule('x', taint({ effect: 'None' }))] }, undefined],
    [
      'for all reasons at the earliest time',
      { slices: [slice([taint()])], rules: [rule('a', taint({ timeAdded: time(5) })), rule('b', taint())] },
      [5, ['a', 'b']],
    ],
    ['not while a toleration has no end', tolerated(exists()), undefined],
    ['at once where the toleration is of another taint', tolerated(exists({ key: 'x' })), [1000, []]],
    ['at once where the toleration is of another effect', tolerated(exists({ effect: 'NoSchedule' })), [1000, []]],
    ['when the toleration ends', tolerated(exists({ tolerationSeconds: 60 })), [1060, []]],
    ['at once where it never began', tolerated(exists({ tolerationSeconds: -5 })), [1000, []]],
    [
      'when the shortest ends',
      tolerated(exists({ tolerationSeconds: 60 }), exists({ effect: 'NoExecute', tolerationSeconds: 20 })),
      [1020, []],
    ],
    ['not where one of them has no end', tolerated(exists({ tolerationSeconds: 60 }), exists()), undefined],
    [
      'not while the claim is reserved for another pod',
      { slices: [slice([taint()])], claim: claim([], 'other') },
      undefined,
    ],
  ])('evicts %s', (_name, world, expected) => {
    expect(decide(world)).toEqual(expected);
  });

  it.each<[string, Partial<Pod['spec']>, Partial<Pod['status']>]>([
    ['has no node', { nodeName: undefined }, {}],
    ['has a claim that is not there', { resourceClaims: [{ name: 'gpu', resourceClaimName: 'missing' }] }, {}],
    ['has a claim that is not made yet', { resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 't' }] }, {}],
    [
      'is told of a claim that was made for another',
      { resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 't' }] },
      { resourceClaimStatuses: [{ name: 'gpu', resourceClaimName: 'c' }] },
    ],
  ])('leaves a pod that %s', (_name, spec, status) => {
    expect(decide({ slices: [slice([taint()])] }, { ...pod(spec), status })).toBeUndefined();
  });

  it('knows the claim of extended resources, too', () => {
    const made = claim();
    made.metadata.ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'pod-uid', controller: true }];
    const extendedResourceClaimStatus = { resourceClaimName: 'c', requestMappings: [] };
    const of = { ...pod({ resourceClaims: [] }), status: { extendedResourceClaimStatus } };
    expect(decide({ slices: [slice([taint()])], claim: made }, of)).toEqual([1000, []]);
  });
});
