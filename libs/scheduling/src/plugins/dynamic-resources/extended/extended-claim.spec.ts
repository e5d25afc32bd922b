import type { DeepReadonly, DeviceClass, Node, ResourceClaim } from '@nestor/api';
import { podInfo, type PodInfo } from '../../../cache/pod-info';
import { SchedulerCache } from '../../../cache/scheduler-cache';
import { CycleState } from '../../../framework/cycle-state';
import { aNode, aPod } from '../../../framework/testing-objects';
import { NodeResourcesFit } from '../../node-resources-fit/node-resources-fit.plugin';
import { aSlice, driver } from '../allocator/testing-devices';
import type { ClaimWrites } from '../claim-writer';
import { DeviceView } from '../device-view';
import { DynamicResources } from '../dynamic-resources.plugin';

const deviceClass: DeviceClass = {
  apiVersion: 'resource.k8s.io/v1',
  kind: 'DeviceClass',
  metadata: { name: 'gpu' },
  spec: { extendedResourceName: 'd.com/gpu' },
};
const node = (name: string, allocatable: Record<string, string> = {}): DeepReadonly<Node> => {
  const plain = aNode(name);
  return { ...plain, status: { allocatable: { ...plain.status?.allocatable, ...allocatable } } };
};
const pod = (requests: Record<string, string>): PodInfo =>
  podInfo(aPod('p', { spec: { containers: [{ name: 'main', image: 'i', resources: { requests } }] } }));

describe('extended resources that devices stand for', () => {
  let view: DeviceView;
  let written: string[];
  let plugin: DynamicResources;
  const writes: ClaimWrites = {
    get: (claim) => Promise.resolve(claim as ResourceClaim),
    update: (claim) => Promise.resolve(claim),
    updateStatus: (claim) => {
      written.push(`status of ${claim.metadata.name}`);
      return Promise.resolve(claim);
    },
    giveBack: () => undefined,
    create: (claim) => {
      expect(claim.metadata.uid).toBeUndefined();
      written.push(`create ${claim.metadata.generateName}`);
      const metadata = { ...claim.metadata, name: 'made', uid: 'made', resourceVersion: '9' };
      return Promise.resolve({ ...claim, metadata });
    },
    nameInPod: (_pod, { resourceClaimName, requestMappings }) => {
      written.push(`pod: ${resourceClaimName} ${requestMappings?.map(({ requestName }) => requestName).join()}`);
      return Promise.resolve();
    },
    remove: (claim) => void written.push(`remove ${claim.metadata.name}`),
  };
  beforeEach(() => {
    view = new DeviceView();
    written = [];
    view.set('DeviceClass', deviceClass);
    view.set('ResourceSlice', aSlice([{}], { nodeName: 'n' }));
    plugin = new DynamicResources(view, writes);
  });

  /** Why the pod cannot be on the node, by the one plugin and the other. */
  function refusals(of: PodInfo, where: DeepReadonly<Node>, state = new CycleState()): (string | undefined)[] {
    const { info } = new SchedulerCache().setNode(where);
    const skipped = plugin.preFilter(state, of, undefined as never);
    const fit = new NodeResourcesFit({}, view.classFor).filter(state, of, info);
    return [fit?.reasons[0], skipped ? undefined : plugin.filter(state, of, info)?.reasons[0]];
  }

  it.each<[string, Record<string, string>, DeepReadonly<Node>, (string | undefined)[]]>([
    ['takes devices', { 'd.com/gpu': '1' }, node('n'), [undefined, undefined]],
    [
      'takes them by the name of the class',
      { 'deviceclass.resource.kubernetes.io/gpu': '1' },
      node('n'),
      [undefined, undefined],
    ],
    ['finds too few of them', { 'd.com/gpu': '2' }, node('n'), [undefined, 'cannot allocate all claims']],
    ['finds none on another node', { 'd.com/gpu': '1' }, node('m'), [undefined, 'cannot allocate all claims']],
    ['takes what a node counts itself', { 'd.com/gpu': '2' }, node('m', { 'd.com/gpu': '2' }), [undefined, undefined]],
    [
      'lacks what a node counts itself',
      { 'd.com/gpu': '3' },
      node('n', { 'd.com/gpu': '2' }),
      ['Insufficient d.com/gpu', undefined],
    ],
    ['cannot have what nobody has', { 'e.com/x': '1' }, node('n'), ['Insufficient e.com/x', undefined]],
    [
      'cannot have what nobody has beside devices',
      { 'd.com/gpu': '1', 'e.com/x': '1' },
      node('n'),
      ['Insufficient e.com/x', 'cannot fit resource'],
    ],
  ])('%s: %j', (_name, requests, where, expected) => {
    expect(refusals(pod(requests), where)).toEqual(expected);
  });

  it('are stored as a claim when the pod is bound, and taken from others before', async () => {
    const state = new CycleState();
    const one = pod({ 'd.com/gpu': '1' });
    refusals(one, node('n'), state);
    expect(plugin.reserve(state, one, 'n')).toBeUndefined();
    expect(refusals(pod({ 'd.com/gpu': '1' }), node('n'))).toEqual([undefined, 'cannot allocate all claims']);
    expect(await plugin.preBind(state, one, 'n', new AbortController().signal)).toBeUndefined();
    expect(written).toEqual(['create p-extended-resources-', 'status of made', 'pod: made container-0-request-0']);
    expect(view.extendedClaim(one.uid)?.status).toMatchObject({
      reservedFor: [{ resource: 'pods', name: 'p', uid: one.uid }],
      allocation: { devices: { results: [{ driver, device: 'dev-0', request: 'container-0-request-0' }] } },
    });
    plugin.unreserve(state, one, 'n');
    expect(written.at(-1)).toBe('remove made');
  });

  it('are given free when the pod is not bound after all', () => {
    const state = new CycleState();
    const one = pod({ 'd.com/gpu': '1' });
    refusals(one, node('n'), state);
    plugin.reserve(state, one, 'n');
    plugin.unreserve(state, one, 'n');
    expect(written).toEqual([]);
    expect(refusals(one, node('n'))).toEqual([undefined, undefined]);
  });

  it('left from a cycle that failed are removed before the pod is tried again', () => {
    const one = pod({ 'd.com/gpu': '1' });
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: one.uid, controller: true };
    const annotations = { 'resource.kubernetes.io/extended-resource-claim': 'true' };
    view.set('ResourceClaim', {
      apiVersion: 'resource.k8s.io/v1',
      kind: 'ResourceClaim',
      metadata: { name: 'left', namespace: 'default', uid: 'left', ownerReferences: [owner], annotations },
      spec: {},
    });
    const state = new CycleState();
    expect(refusals(one, node('n'), state)).toEqual([undefined, 'cannot schedule extended resource claim']);
    expect(plugin.postFilter(state, one)?.message).toBe('deletion of ResourceClaim completed');
    expect(written).toEqual(['remove left']);
  });

  it('wake pods that wait when there is a class for them', () => {
    const fit = new NodeResourcesFit({}, view.classFor);
    const wakes = (requests: Record<string, string>): boolean =>
      fit.events.some(
        ({ kind, helps }) => kind === 'DeviceClass/Add' && helps?.(pod(requests), { kind, object: {} } as never),
      );
    expect([wakes({ 'd.com/gpu': '1' }), wakes({ 'e.com/x': '1' }), wakes({ cpu: '1' })]).toEqual([true, false, false]);
  });
});
