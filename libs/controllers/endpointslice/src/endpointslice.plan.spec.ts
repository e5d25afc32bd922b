import type { EndpointSlice, Pod, Service } from '@nestor/api';
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
  planSlices({ service: of, pods, slices, node: () => undefined, maxEndpoints });

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
    expect(run(service(), [], slices)).toEqual({ create: [], update: [], remove: [] });
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
        const pods = after.map((name) => pod(name));
        const second = applied(first, run(service(), pods, first, 7));
        const found = second.flatMap((slice) => (slice.endpoints ?? []).map((one) => one.targetRef?.uid));
        expect(found.sort()).toEqual([...after].sort());
        expect(Math.max(...second.map((slice) => slice.endpoints?.length ?? 0))).toBeLessThanOrEqual(7);
        expect(run(service(), pods, second, 7)).toEqual({ create: [], update: [], remove: [] });
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
