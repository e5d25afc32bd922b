import type { EndpointSlice, Node, Pod, Service } from '@nestor/api';
import fc from 'fast-check';
import { planSlices, type SlicePlan } from './endpointslice.plan';
import type { AddressType } from './slice-endpoint';
import { allocate, isOutOfShape, transfers } from './topology-allocation';
import { zoneShares, type ZoneShares } from './topology-shares';

const zoneLabel = 'topology.kubernetes.io/zone';
interface Machine {
  zone?: string;
  cpu?: string;
  ready?: boolean;
  labels?: Record<string, string>;
}
const node = ({ zone, cpu, ready = true, labels }: Machine): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: zone, labels: { ...labels, ...(zone ? { [zoneLabel]: zone } : {}) } },
  status: {
    allocatable: cpu ? { cpu } : {},
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
  },
});

describe('zoneShares', () => {
  const controlPlane = { 'node-role.kubernetes.io/control-plane': '' };
  it.each<[string, Machine[], Record<string, number> | undefined]>([
    [
      'by CPU',
      [
        { zone: 'a', cpu: '1' },
        { zone: 'b', cpu: '500m' },
        { zone: 'a', cpu: '500m' },
      ],
      { a: 0.75, b: 0.25 },
    ],
    ['nothing of one zone alone', [{ zone: 'a', cpu: '1' }], undefined],
    ['nothing while one node has no zone', [{ zone: 'a', cpu: '1' }, { zone: 'b', cpu: '1' }, { cpu: '1' }], undefined],
    ['nothing while one node has no CPU', [{ zone: 'a', cpu: '1' }, { zone: 'b' }], undefined],
    [
      'without nodes that are not ready or of the control plane',
      [
        { zone: 'a', cpu: '1' },
        { zone: 'b', cpu: '1' },
        { ready: false },
        { zone: 'a', cpu: '9', labels: controlPlane },
      ],
      { a: 0.5, b: 0.5 },
    ],
  ])('tells %s', (_name, machines, expected) => {
    const shares = zoneShares(machines.map(node));
    expect(shares && Object.fromEntries(shares)).toEqual(expected);
  });
});

describe('allocate', () => {
  const shares = new Map([
    ['a', 0.4],
    ['b', 0.4],
    ['c', 0.2],
  ]);
  it('gives each zone its least, its most and its part', () => {
    expect(allocate(shares, 10)).toEqual(
      new Map([
        ['a', { minimum: 4, maximum: 4, desired: 4 }],
        ['b', { minimum: 4, maximum: 4, desired: 4 }],
        ['c', { minimum: 2, maximum: 2, desired: 2 }],
      ]),
    );
  });
  it.each<[ZoneShares | undefined, number, string]>([
    [undefined, 10, 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes'],
    [shares, 2, 'Insufficient number of endpoints (2 endpoints, 3 zones)'],
    [
      shares,
      4,
      'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (4 endpoints, 3 zones)',
    ],
  ])('refuses', (of, endpoints, text) => {
    expect(allocate(of, endpoints)).toBe(text);
  });

  it('moves endpoints from where there are too many to where there are too few', () => {
    const allocations = allocate(shares, 10);
    if (typeof allocations === 'string') throw new Error(allocations);
    const moved = transfers(
      allocations,
      new Map([
        ['a', 8],
        ['b', 2],
      ]),
    );
    expect(moved).toEqual({
      giving: new Map([['a', 4]]),
      receiving: new Map([
        ['b', 2],
        ['c', 2],
      ]),
    });
  });

  it('looks again where a zone has come short, and where there is a way at last', () => {
    const half = new Map([
      ['a', 0.5],
      ['b', 0.5],
    ]);
    const given = new Map([
      ['a', 3],
      ['b', 3],
    ]);
    expect(isOutOfShape({ given, ready: 6 }, half)).toBe(false);
    expect(
      isOutOfShape(
        { given, ready: 6 },
        new Map([
          ['a', 0.9],
          ['b', 0.1],
        ]),
      ),
    ).toBe(true);
    expect(isOutOfShape({ given, ready: 6 }, undefined)).toBe(true);
    expect(isOutOfShape({ given, ready: 6 }, shares)).toBe(true);
    expect(isOutOfShape({ given: new Map(), ready: 1 }, half)).toBe(false);
    expect(isOutOfShape({ given: new Map(), ready: 2 }, half)).toBe(true);
  });
});

describe('hints by topology', () => {
  const service = (annotations: Record<string, string> = {}): Service => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', uid: 's', annotations },
    spec: { clusterIP: '10.96.0.9', selector: { app: 'web' }, ports: [{ port: 80 }] },
  });
  const auto = service({ 'service.kubernetes.io/topology-mode': 'Auto' });
  /** Pods by their zone; a name in capitals is not ready. */
  const pods = (zones: string): Pod[] =>
    [...zones].map((zone, index) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `p${String(index).padStart(3, '0')}`, namespace: 'default', uid: String(index) },
      spec: { nodeName: zone.toLowerCase(), containers: [] },
      status: {
        podIP: `10.244.${index >> 8}.${index & 255}`,
        conditions: [{ type: 'Ready', status: zone === zone.toLowerCase() ? 'True' : 'False' }],
      },
    }));
  interface World {
    of?: Service;
    slices?: EndpointSlice[];
    shares?: ZoneShares;
    hinted?: AddressType[];
    max?: number;
  }
  const even = new Map([
    ['a', 0.5],
    ['b', 0.5],
  ]);
  const run = (zones: string, { of = auto, slices = [], shares = even, hinted = [], max }: World = {}): SlicePlan =>
    planSlices({
      service: of,
      pods: pods(zones),
      slices,
      node: (name) => (name === '-' ? { ...node({ zone: 'x' }), metadata: { name } } : node({ zone: name })),
      shares: () => shares,
      hinted: new Set(hinted),
      maxEndpoints: max,
    });
  let serial = 0;
  const applied = (slices: EndpointSlice[], { create, update, remove }: SlicePlan): EndpointSlice[] => {
    const gone = new Set(remove.map(({ metadata }) => metadata.name));
    const updated = new Map(update.map((slice) => [slice.metadata.name, slice]));
    return [
      ...slices
        .filter(({ metadata }) => !gone.has(metadata.name))
        .map((slice) => updated.get(slice.metadata.name) ?? slice),
      ...create.map((slice) => ({ ...slice, metadata: { ...slice.metadata, name: `web-${serial++}` } })),
    ];
  };
  const hints = (slices: readonly EndpointSlice[]): string =>
    slices
      .flatMap(({ endpoints = [] }) => endpoints)
      .map(({ hints: given }) => given?.forZones?.map(({ name }) => name).join('+') ?? '-')
      .join('');

  it.each<[string, string]>([
    ['ab', 'ab'],
    ['aabb', 'aabb'],
    ['aaab', 'baab'],
    ['aaaa', 'bbaa'],
    // Of seven, four and three are near enough; who is not ready has no hint and is not counted.
    ['aaaabbb', 'aaaabbb'],
    ['aaBbb', 'aa-bb'],
  ])('for endpoints in %s are %s', (zones, expected) => {
    const plan = run(zones);
    expect(hints(plan.create)).toBe(expected);
    expect(plan.events).toEqual([
      {
        type: 'Normal',
        reason: 'TopologyAwareHintsEnabled',
        message: 'Topology Aware Hints has been enabled, addressType: IPv4',
      },
    ]);
  });

  it('are told of once, and taken away with the annotation', () => {
    const slices = applied([], run('ab'));
    const again = run('ab', { slices, hinted: ['IPv4'] });
    expect([again.create, again.update, again.events]).toEqual([[], [], []]);
    const off = run('ab', { of: service(), slices, hinted: ['IPv4'] });
    expect(hints(off.update)).toBe('--');
    expect(off.events).toEqual([
      {
        type: 'Warning',
        reason: 'TopologyAwareHintsDisabled',
        message: 'Topology Aware Hints has been disabled, addressType: IPv4',
      },
    ]);
    expect(off.families.size).toBe(0);
  });

  it.each<[string, World, string]>([
    ['a', {}, 'Insufficient number of endpoints (1 endpoints, 2 zones), addressType: IPv4'],
    ['a-', {}, 'One or more endpoints do not have a zone specified, addressType: IPv4'],
    [
      'ab',
      {
        shares: new Map([
          ['a', 0.9],
          ['b', 0.1],
        ]),
      },
      'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (2 endpoints, 2 zones), addressType: IPv4',
    ],
  ])('are taken away from %s with %j, and it is told why', (zones, world, message) => {
    const slices = applied([], run('ab'));
    const plan = run(zones, { ...world, slices, hinted: ['IPv4'] });
    expect(hints(plan.update)).toBe('-'.repeat(zones.length));
    expect(plan.events).toEqual([{ type: 'Warning', reason: 'TopologyAwareHintsDisabled', message }]);
    expect(plan.families.get('IPv4')!.given.size).toBe(0);
  });

  it('are asked for by the older annotation, too, and then trafficDistribution is not', () => {
    const of = service({ 'service.kubernetes.io/topology-aware-hints': 'auto' });
    of.spec!.trafficDistribution = 'PreferSameNode';
    expect(hints(run('aaaa', { of }).create)).toBe('bbaa');
    const older = service({
      'service.kubernetes.io/topology-aware-hints': 'Disabled',
      'service.kubernetes.io/topology-mode': 'Auto',
    });
    expect(hints(run('ab', { of: older }).create)).toBe('--');
  });

  it('leave slices alone that fit still, and mend those that give a zone too many', () => {
    const slices = applied([], run('aabb', { max: 2 }));
    expect(slices.map((slice) => hints([slice]))).toEqual(['aa', 'bb']);
    const more = run('aabbab', { slices, max: 2, hinted: ['IPv4'] });
    expect([more.update, hints(more.create)]).toEqual([[], 'ab']);
    const moved = run('aabb', {
      slices,
      max: 2,
      hinted: ['IPv4'],
      shares: new Map([
        ['a', 0.25],
        ['b', 0.75],
      ]),
    });
    expect(hints(applied(slices, moved))).toBe('babb');
    expect(moved.update).toHaveLength(1);
  });

  it('end, from any state in one step, with one known zone for each ready endpoint, and nothing left to do', () => {
    const zones = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A'), minLength: 3, maxLength: 40 });
    const cpu = fc.integer({ min: 1, max: 9 });
    const world = fc.record({ before: zones, after: zones, cpus: fc.tuple(cpu, cpu, cpu) });
    fc.assert(
      fc.property(world, ({ before, after, cpus }) => {
        const machines = ['a', 'b', 'c'].map((zone, index) => node({ zone, cpu: String(cpus[index]) }));
        const shares = zoneShares(machines);
        const first = applied(
          [],
          run(before, {
            shares: new Map([
              ['a', 0.3],
              ['b', 0.3],
              ['c', 0.4],
            ]),
            max: 5,
          }),
        );
        const plan = run(after, { slices: first, shares, max: 5 });
        const slices = applied(first, plan);
        const { given } = plan.families.get('IPv4')!;
        const count = (zone: string): number => [...hints(slices)].filter((one) => one === zone).length;
        for (const zone of ['a', 'b', 'c']) expect(count(zone)).toBe(given.get(zone) ?? 0);
        const isReady = [...after].filter((zone) => zone !== 'A').length;
        expect(count('a') + count('b') + count('c')).toBe(given.size > 0 ? isReady : 0);
        const again = run(after, { slices, shares, max: 5 });
        expect([again.create, again.update, again.remove]).toEqual([[], [], []]);
      }),
    );
  });
});
