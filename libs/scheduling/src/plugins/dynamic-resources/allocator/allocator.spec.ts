import type { AllocationResult, Device, DeviceTaintRule } from '@nestor/api';
import { aNode } from '../../../framework/testing-objects';
import { DeviceLedger } from './device-ledger';
import { aClaim, aClass, aSlice, chosenIn, driver, exactly, tryAllocate } from './testing-devices';

const attribute = (value: string): Partial<Device> => ({ attributes: { model: { string: value } } });
const model = (value: string) => ({ cel: { expression: `device.attributes["d.com"].model == "${value}"` } });
const held = (...devices: string[]): DeviceLedger => {
  const ledger = new DeviceLedger();
  const results = devices.map((device) => ({ request: 'r', driver, pool: 'p', device }));
  ledger.set('other', { devices: { results } });
  return ledger;
};
const one = aClaim('c', [exactly('r')]);
const two = [{}, {}];

describe('allocate', () => {
  it('takes the first device that is free and selected by class and request', () => {
    const slices = [aSlice([attribute('a'), attribute('b'), attribute('b')])];
    const claims = [aClaim('c', [exactly('r', { selectors: [model('b')] })])];
    expect(chosenIn({ slices, claims })).toEqual([['r=dev-1']]);
    expect(chosenIn({ slices, claims, ledger: held('dev-1') })).toEqual([['r=dev-2']]);
    const deviceClass = aClass('device.attributes["d.com"].model == "a"');
    expect(chosenIn({ slices, claims, deviceClass })).toBeUndefined();
  });

  it('takes as many as are asked for, for all claims together', () => {
    const claims = [aClaim('a', [exactly('r', { count: 2 })]), aClaim('b', [exactly('r')])];
    expect(chosenIn({ slices: [aSlice([{}, {}, {}])], claims })).toEqual([['r=dev-0', 'r=dev-1'], ['r=dev-2']]);
    expect(chosenIn({ slices: [aSlice(two)], claims })).toBeUndefined();
  });

  it('goes back on a choice that leaves nothing for a later request', () => {
    const slices = [aSlice([attribute('a'), attribute('b')])];
    const claims = [aClaim('c', [exactly('any'), exactly('a', { selectors: [model('a')] })])];
    expect(chosenIn({ slices, claims })).toEqual([['any=dev-1', 'a=dev-0']]);
  });

  it('prefers the first alternative that can be had', () => {
    const request = {
      name: 'r',
      firstAvailable: ['x', 'b'].map((name) => ({
        name,
        deviceClassName: 'any',
        allocationMode: 'ExactCount',
        count: 1,
        selectors: [model(name)],
      })),
    };
    const world = { slices: [aSlice([attribute('a'), attribute('b')])], claims: [aClaim('c', [request])] };
    expect(chosenIn(world)).toEqual([['r/b=dev-1']]);
    expect(tryAllocate(world)?.[0]?.choices).toEqual([1]);
  });

  it('takes all or nothing in mode All, and not of a pool in the making', () => {
    const claims = [aClaim('c', [exactly('r', { allocationMode: 'All' })])];
    expect(chosenIn({ slices: [aSlice(two)], claims })).toEqual([['r=dev-0', 'r=dev-1']]);
    expect(chosenIn({ slices: [aSlice(two)], claims, ledger: held('dev-1') })).toBeUndefined();
    expect(chosenIn({ slices: [], claims })).toBeUndefined();
    const pool = { name: 'p', generation: 1, resourceSliceCount: 2 };
    expect(() => chosenIn({ slices: [aSlice(two, { pool })], claims })).toThrow(
      'claim default/c, request r: asks for all devices, but resource pool d.com/p is currently being updated',
    );
    expect(chosenIn({ slices: [aSlice(two, { pool })], claims: [one] })).toBeUndefined();
  });

  it('looks at the newest generation alone', () => {
    const pool = (generation: number) => ({ name: 'p', generation, resourceSliceCount: 1 });
    const slices = [
      aSlice([{ name: 'old' }], { pool: pool(1) }, 'a'),
      aSlice([{ name: 'new' }], { pool: pool(2) }, 'b'),
    ];
    expect(chosenIn({ slices, claims: [one] })).toEqual([['r=new']]);
  });

  it.each<[string, object, string[]]>([
    ['agree', { matchAttribute: 'd.com/model' }, ['x=dev-0', 'y=dev-2']],
    ['differ', { distinctAttribute: 'd.com/model' }, ['x=dev-0', 'y=dev-1']],
  ])('keeps to constraints: devices %s', (_, constraint, expected) => {
    const slices = [aSlice([attribute('a'), attribute('b'), attribute('a')])];
    const claims = [aClaim('c', [exactly('x'), exactly('y')], { constraints: [constraint] })];
    expect(chosenIn({ slices, claims })).toEqual([expected]);
  });

  it('gives admin access to what others use', () => {
    const claims = [aClaim('c', [exactly('r', { adminAccess: true })])];
    const world = { slices: [aSlice([{}])], claims, ledger: held('dev-0') };
    expect(tryAllocate(world)?.[0]?.result.devices?.results).toEqual([
      { request: 'r', driver, pool: 'p', device: 'dev-0', adminAccess: true },
    ]);
  });

  it('avoids taints that are not tolerated', () => {
    const taints = [{ key: 'broken', effect: 'NoSchedule' }];
    const tolerations = [{ key: 'broken', operator: 'Exists' }];
    const slices = [aSlice([{ taints }, { taints: [{ key: 'broken', effect: 'None' }] }])];
    expect(chosenIn({ slices, claims: [one] })).toEqual([['r=dev-1']]);
    expect(chosenIn({ slices, claims: [aClaim('c', [exactly('r', { tolerations })])] })).toEqual([['r=dev-0']]);
  });

  it.each<[DeviceTaintRule['spec']['deviceSelector'], string]>([
    [undefined, 'dev-0'],
    [{ device: 'dev-0' }, 'dev-1'],
    [{ device: 'dev-0', driver: 'other.com' }, 'dev-0'],
    [{ device: 'dev-0', pool: 'other' }, 'dev-0'],
  ])('with a rule that taints %j takes %s', (deviceSelector, expected) => {
    const rule = (effect: string): DeviceTaintRule => ({
      apiVersion: 'resource.k8s.io/v1beta2',
      kind: 'DeviceTaintRule',
      metadata: { name: 'r' },
      spec: { deviceSelector, taint: { key: 'broken', effect } },
    });
    const world = (effect: string) => ({ slices: [aSlice([{}, {}])], claims: [one], rules: [rule(effect)] });
    expect(chosenIn(world('NoSchedule'))).toEqual([[`r=${expected}`]]);
    expect(chosenIn(world('NoExecute'))).toEqual([[`r=${expected}`]]);
    expect(chosenIn(world('None'))).toEqual([['r=dev-0']]);
  });

  it('counts what partitions share', () => {
    const consumesCounters = [{ counterSet: 'gpu', counters: { memory: { value: '6Gi' } } }];
    const pool = { name: 'p', generation: 1, resourceSliceCount: 2 };
    const sharedCounters = [{ name: 'gpu', counters: { memory: { value: '8Gi' } } }];
    const counters = aSlice([], { pool, sharedCounters }, 'counters');
    const slices = [counters, aSlice([{ consumesCounters }, { consumesCounters }], { pool })];
    expect(chosenIn({ slices, claims: [one] })).toEqual([['r=dev-0']]);
    expect(chosenIn({ slices, claims: [one], ledger: held('dev-0') })).toBeUndefined();
    expect(chosenIn({ slices, claims: [aClaim('c', [exactly('r', { count: 2 })])] })).toBeUndefined();
  });

  it('gives shares of a device until its capacity is consumed', () => {
    const capacity = { memory: { value: '8', requestPolicy: { default: '2', validRange: { min: '2', step: '2' } } } };
    const slices = [aSlice([{ allowMultipleAllocations: true, capacity }])];
    const asks = (memory: string) => aClaim(memory, [exactly('r', { capacity: { requests: { memory } } })]);
    const [first, second] = tryAllocate({ slices, claims: [asks('3'), asks('4')] }) ?? [];
    expect(first?.result.devices?.results?.[0]).toMatchObject({ device: 'dev-0', consumedCapacity: { memory: '4' } });
    expect(second?.result.devices?.results?.[0]?.shareID).toMatch(/^[0-9a-f-]{36}$/);
    const ledger = new DeviceLedger();
    ledger.set('first', first?.result);
    expect(tryAllocate({ slices, claims: [asks('5')], ledger })).toBeUndefined();
    expect(tryAllocate({ slices, claims: [asks('4')], ledger })).toHaveLength(1);
  });

  it('fails where a selector fails', () => {
    expect(() =>
      chosenIn({ slices: [aSlice([{}])], claims: [aClaim('c', [exactly('r', { selectors: [model('a')] })])] }),
    ).toThrow('claim default/c: selector #0 on device d.com/p/dev-0: CEL runtime error: no such key: model');
  });

  describe('says where the devices can be used', () => {
    const selectorOf = (slices: Parameters<typeof chosenIn>[0]['slices']): AllocationResult['nodeSelector'] =>
      tryAllocate({ slices, claims: [one], node: aNode('n', { labels: { zone: 'z' } }) })?.[0]?.result.nodeSelector;
    const term = { matchExpressions: [{ key: 'zone', operator: 'In', values: ['z'] }] };
    const here = { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] }] };
    it.each([
      ['on one node', aSlice([{}]), here],
      ['everywhere', aSlice([{}], { allNodes: true }), undefined],
      ['on some', aSlice([{}], { nodeSelector: { nodeSelectorTerms: [term] } }), { nodeSelectorTerms: [term] }],
      ['where it binds', aSlice([{ bindsToNode: true }], { allNodes: true }), here],
      ['each by itself', aSlice([{ nodeName: 'm' }, { allNodes: true }], { perDeviceNodeSelection: true }), undefined],
    ])('%s', (_, slice, expected) => expect(selectorOf([slice])).toEqual(expected));
  });

  it('joins the configuration of classes and claim', () => {
    const opaque = (at: number) => ({ opaque: { driver, parameters: { at } } });
    const config = [{ requests: ['b'], ...opaque(2) }, opaque(3)];
    const claims = [aClaim('c', [exactly('a'), exactly('b')], { config })];
    const world = { slices: [aSlice(two)], claims, deviceClass: aClass(undefined, { config: [opaque(1)] }) };
    expect(tryAllocate(world)?.[0]?.result.devices?.config).toEqual([
      { source: 'FromClass', ...opaque(1) },
      { source: 'FromClaim', requests: ['b'], ...opaque(2) },
      { source: 'FromClaim', ...opaque(3) },
    ]);
  });
});
