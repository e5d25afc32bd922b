import type { EndpointSlice, Node, Pod, Service } from '@nestor/api';
import fc from 'fast-check';
import { planEndpoints } from './endpoints.plan';
import { planSlices, type SlicePlan } from './endpointslice.plan';

const service = (spec: Partial<NonNullable<Service['spec']>> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default', uid: 's', labels: { team: 'x' } },
  spec: {
    clusterIP: '10.96.0.9',
    selector: { app: 'web' },
    ports: [{ name: 'http', port: 80, targetPort: 8080 }],
    ...spec,
  },
});

interface Options {
  ready?: boolean;
  deleting?: boolean;
  phase?: string;
  port?: { name: string; containerPort: number };
  node?: string;
}
function pod(name: string, { ready = true, deleting, phase = 'Running', port, node = 'n1' }: Options = {}): Pod {
  const ip = `10.244.0.${name}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `p${name}`,
      namespace: 'default',
      uid: name,
      ...(deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: { nodeName: node, containers: [{ name: 'c', ports: port ? [port] : [] }] },
    status: { phase, podIP: ip, podIPs: [{ ip }], conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}
const run = (of: Service, pods: Pod[], slices: EndpointSlice[] = [], maxEndpoints?: number): SlicePlan =>
  planSlices({ service: of, pods, slices, node: aNode, maxEndpoints });
const nothing: SlicePlan = { create: [], update: [], remove: [], skipped: [], families: new Map(), events: [] };
const zones: Record<string, string> = { n1: 'z1', n2: 'z2' };
const aNode = (name: string): Node | undefined =>
  zones[name] === undefined
    ? undefined
    : { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'topology.kubernetes.io/zone': zones[name] } } };

let serial = 0;
/** What the API server would hold after a plan. */
function applied(slices: EndpointSlice[], planned: SlicePlan): EndpointSlice[] {
  const gone = new Set(planned.remove.map((slice) => slice.metadata.name));
  const updated = new Map(planned.update.map((slice) => [slice.metadata.name, slice]));
  const named = planned.create.map((slice) => ({ ...slice, metadata: { ...slice.metadata, name: `web-${serial++}` } }));
  const kept = slices.filter(({ metadata }) => !gone.has(metadata.name));
  return [...kept.map((slice) => updated.get(slice.metadata.name) ?? slice), ...named];
}

describe('planSlices', () => {
  it('writes the first slice with labels, ports and conditions', () => {
    const { create } = run(service(), [pod('1'), pod('2', { ready: false }), pod('3', { deleting: true })]);
    expect(create).toHaveLength(1);
    expect(create[0]).toMatchObject({
      metadata: {
        generateName: 'web-',
        labels: {
          team: 'x',
          'kubernetes.io/service-name': 'web',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        ownerReferences: [{ kind: 'Service', name: 'web', controller: true }],
      },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    });
    expect(create[0]!.endpoints).toEqual([
      {
        addresses: ['10.244.0.1'],
        conditions: { ready: true, serving: true, terminating: false },
        targetRef: { kind: 'Pod', namespace: 'default', name: 'p1', uid: '1' },
        nodeName: 'n1',
        zone: 'z1',
      },
      expect.objectContaining({ conditions: { ready: false, serving: false, terminating: false } }),
      expect.objectContaining({ conditions: { ready: false, serving: true, terminating: true } }),
    ]);
  });

  it('leaves out finished pods and keeps one empty slice for a Service without endpoints', () => {
    const planned = run(service(), [pod('1', { phase: 'Succeeded' })]);
    expect(planned.create).toHaveLength(1);
    expect(planned.create[0]!.endpoints).toEqual([]);
    const slices = applied([], planned);
    expect(run(service(), [], slices)).toEqual(nothing);
  });

  it('resolves named ports pod by pod, one slice for each set of ports', () => {
    const of = service({ ports: [{ name: 'http', port: 80, targetPort: 'web' }] });
    const pods = [
      pod('1', { port: { name: 'web', containerPort: 8080 } }),
      pod('2', { port: { name: 'web', containerPort: 9090 } }),
    ];
    expect(run(of, pods).create.map((slice) => slice.ports?.[0]?.port)).toEqual([8080, 9090]);
  });

  it('publishes pods that are not ready when asked to, and marks headless Services', () => {
    const of = service({ clusterIP: 'None', publishNotReadyAddresses: true });
    const { create } = run(of, [pod('1', { ready: false })]);
    expect(create[0]!.endpoints?.[0]?.conditions).toEqual({ ready: true, serving: false, terminating: false });
    expect(create[0]!.metadata.labels?.['service.kubernetes.io/headless']).toBe('');
  });

  it('changes only the slice that a pod is in', () => {
    const pods = ['1', '2', '3', '4'].map((name) => pod(name));
    const slices = applied([], run(service(), pods, [], 2));
    const planned = run(service(), [...pods.slice(0, 3), pod('4', { ready: false })], slices, 2);
    expect(planned.create).toEqual([]);
    expect(planned.update.map(({ metadata }) => metadata.name)).toEqual([slices[1]!.metadata.name]);
  });

  it('fills what it writes anyway, then one slice that takes the rest whole, then new ones', () => {
    const pods = ['1', '2', '3', '4', '5', '6'].map((name) => pod(name));
    const slices = applied([], run(service(), pods, [], 3));
    // Slice 0 changes and takes one more; of two that are left, none goes to a slice that has no room for both.
    const first = run(service(), [...pods.slice(1), pod('7'), pod('8'), pod('9')], slices, 3);
    expect(first.update.map(({ metadata, endpoints }) => [metadata.name, endpoints?.length])).toEqual([
      [slices[0]!.metadata.name, 3],
    ]);
    expect(first.create.map(({ endpoints }) => endpoints?.length)).toEqual([2]);
    const after = applied(slices, first);
    const second = run(service(), [...pods.slice(1), pod('7'), pod('8'), pod('9'), pod('10')], after, 3);
    expect([second.create.length, second.update.map(({ endpoints }) => endpoints?.length)]).toEqual([0, [3]]);
  });

  it('writes over a slice of other ports instead of making one and removing one', () => {
    const slices = applied([], run(service(), [pod('1')]));
    const planned = run(service({ ports: [{ name: 'http', port: 80, targetPort: 9090 }] }), [pod('1')], slices);
    expect([planned.create, planned.remove]).toEqual([[], []]);
    expect(planned.update[0]).toMatchObject({ metadata: { name: slices[0]!.metadata.name }, ports: [{ port: 9090 }] });
  });

  it('has slices for each family, and none of a family that is gone', () => {
    const both = pod('1');
    both.status!.podIPs = [{ ip: '10.244.0.1' }, { ip: 'FD00::1' }];
    const slices = applied([], run(service({ ipFamilies: ['IPv4', 'IPv6'] }), [both]));
    expect(slices.map(({ addressType, endpoints }) => [addressType, endpoints?.[0]?.addresses])).toEqual([
      ['IPv4', ['10.244.0.1']],
      ['IPv6', ['fd00::1']],
    ]);
    const single = run(service({ ipFamilies: ['IPv4'] }), [both], slices);
    expect([single.create, single.update, single.remove.length]).toEqual([[], [], 1]);
  });

  it('leaves out a pod of a node that nobody knows, unless all are asked for', () => {
    const lost = [pod('1'), pod('2', { node: 'gone' })];
    const planned = run(service(), lost);
    expect([planned.skipped, planned.create[0]!.endpoints?.length]).toEqual([['p2'], 1]);
    expect(run(service({ publishNotReadyAddresses: true }), lost).create[0]!.endpoints).toHaveLength(2);
  });

  it('removes slices of a Service of the same name that is gone, and makes none for one on its way out', () => {
    const slices = applied([], run(service(), [pod('1')]));
    const reborn = service();
    reborn.metadata.uid = 'other';
    const planned = run(reborn, [pod('1')], slices);
    expect([planned.create.length, planned.update.length, planned.remove.length]).toEqual([1, 0, 1]);
    reborn.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    expect(run(reborn, [pod('1')], slices).create).toEqual([]);
  });

  it('says what changed since when, in what it writes', () => {
    const [planned] = planSlices({
      service: service(),
      pods: [pod('1')],
      slices: [],
      node: aNode,
      triggerTime: '2026-01-01T00:00:00Z',
    }).create;
    expect(planned!.metadata.annotations).toEqual({
      'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:00Z',
    });
    const [slice] = applied([], { ...nothing, create: [planned!] });
    const { update } = run(service(), [pod('1', { ready: false })], [slice!]);
    expect(update[0]!.metadata.annotations).toEqual({});
  });

  it.each<[string | undefined, object | undefined]>([
    [undefined, undefined],
    ['PreferClose', { forZones: [{ name: 'z1' }] }],
    ['PreferSameZone', { forZones: [{ name: 'z1' }] }],
    ['PreferSameNode', { forZones: [{ name: 'z1' }], forNodes: [{ name: 'n1' }] }],
  ])('with trafficDistribution %s hints %j, and mends them when that changes', (trafficDistribution, hints) => {
    const of = service({ trafficDistribution });
    const pods = [pod('1'), pod('2', { ready: false })];
    const slices = applied([], run(of, pods));
    expect(slices[0]!.endpoints!.map((endpoint) => endpoint.hints)).toEqual([hints, undefined]);
    expect(run(of, pods, slices)).toEqual(nothing);
    for (const other of ['PreferSameNode', undefined]) {
      const next = service({ trafficDistribution: other });
      const after = applied(slices, run(next, pods, slices));
      expect(after[0]!.endpoints).toEqual(run(next, pods).create[0]!.endpoints);
    }
  });

  it('ends, from any state in one step, with each pod once, slices not too full, and nothing left to do', () => {
    const names = fc.uniqueArray(fc.integer({ min: 1, max: 250 }).map(String), { maxLength: 40 });
    fc.assert(
      fc.property(names, names, (before, after) => {
        const first = applied(
          [],
          run(
            service(),
            before.map((name) => pod(name)),
            [],
            7,
          ),
        );
        const pods = after.map((name) =>
          pod(name, { ready: Number(name) % 3 > 0, node: Number(name) % 2 ? 'n1' : 'n2' }),
        );
        const second = applied(first, run(service(), pods, first, 7));
        const found = second.flatMap((slice) => (slice.endpoints ?? []).map((one) => one.targetRef?.uid));
        // The obvious way: all of it anew. However it is packed, it says the same.
        const byUid = (list: EndpointSlice[]) =>
          Object.fromEntries(list.flatMap(({ endpoints = [] }) => endpoints.map((one) => [one.targetRef?.uid, one])));
        expect(byUid(second)).toEqual(byUid(run(service(), pods, [], 1000).create));
        expect(found.sort()).toEqual([...after].sort());
        expect(Math.max(...second.map((slice) => slice.endpoints?.length ?? 0))).toBeLessThanOrEqual(7);
        expect(run(service(), pods, second, 7)).toEqual(nothing);
      }),
    );
  });
});

describe('planEndpoints', () => {
  it('sorts ready from not ready and leaves out pods on their way out', () => {
    const next = planEndpoints(
      service(),
      [pod('2'), pod('1'), pod('3', { ready: false }), pod('4', { deleting: true })],
      undefined,
    )!;
    expect(next.metadata).toMatchObject({
      name: 'web',
      labels: { team: 'x', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' },
    });
    expect(next.subsets).toMatchObject([
      {
        addresses: [{ ip: '10.244.0.1' }, { ip: '10.244.0.2' }],
        notReadyAddresses: [{ ip: '10.244.0.3' }],
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      },
    ]);
    expect(planEndpoints(service(), [pod('1'), pod('2'), pod('3', { ready: false })], next)).toBeUndefined();
  });
});
