import type { Endpoints, EndpointSlice } from '@nestor/api';
import { isMirrored, planMirror } from './mirroring.plan';

const endpoints = (subsets: Endpoints['subsets'], metadata: object = {}): Endpoints => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name: 'db', namespace: 'default', uid: 'e', ...metadata },
  subsets,
});
const ports = [{ name: 'sql', port: 5432, protocol: 'TCP' }];
const named = (slices: EndpointSlice[]): EndpointSlice[] =>
  slices.map((slice, index) => ({ ...slice, metadata: { ...slice.metadata, name: `db-${index}` } }));

describe('planMirror', () => {
  it('makes a slice for each family and set of ports, with what the Endpoints say of themselves', () => {
    const given = endpoints(
      [
        {
          addresses: [{ ip: '192.0.2.1', hostname: 'a' }, { ip: '2001:DB8::1' }],
          notReadyAddresses: [{ ip: '192.0.2.2' }],
          ports,
        },
      ],
      { labels: { team: 'x' }, annotations: { note: 'n', 'kubectl.kubernetes.io/last-applied-configuration': '{}' } },
    );
    const { create } = planMirror(given, []);
    expect(create.map(({ addressType, endpoints: list }) => [addressType, list])).toEqual([
      [
        'IPv4',
        [
          { addresses: ['192.0.2.1'], conditions: { ready: true }, hostname: 'a' },
          { addresses: ['192.0.2.2'], conditions: { ready: false } },
        ],
      ],
      ['IPv6', [{ addresses: ['2001:db8::1'], conditions: { ready: true } }]],
    ]);
    expect(create[0]!.metadata).toMatchObject({
      generateName: 'db-',
      labels: {
        team: 'x',
        'kubernetes.io/service-name': 'db',
        'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
      },
      annotations: { note: 'n' },
      ownerReferences: [{ kind: 'Endpoints', name: 'db', controller: true }],
    });
    expect(planMirror(given, named(create))).toEqual({ create: [], update: [], remove: [], invalid: 0, skipped: 0 });
  });

  it('follows labels, and writes over a slice of other ports', () => {
    const slices = named(planMirror(endpoints([{ addresses: [{ ip: '192.0.2.1' }], ports }]), []).create);
    const labelled = planMirror(
      endpoints([{ addresses: [{ ip: '192.0.2.1' }], ports }], { labels: { a: 'b' } }),
      slices,
    );
    expect(labelled.update[0]!.metadata).toMatchObject({ name: 'db-0', labels: { a: 'b' } });
    const moved = planMirror(
      endpoints([{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 1, protocol: 'TCP' }] }]),
      slices,
    );
    expect([moved.create, moved.remove, moved.update[0]!.metadata.name]).toEqual([[], [], 'db-0']);
    expect(planMirror(endpoints([]), slices).remove).toHaveLength(1);
  });

  it('counts what it leaves out', () => {
    const addresses = ['192.0.2.1', 'x', '192.0.2.2', '192.0.2.3'].map((ip) => ({ ip }));
    const { create, invalid, skipped } = planMirror(endpoints([{ addresses, ports }]), [], 2);
    expect([create[0]!.endpoints?.length, invalid, skipped]).toEqual([2, 1, 2]);
  });

  it.each<[object, boolean]>([
    [{}, true],
    [{ labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } }, false],
    [{ annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } }, false],
  ])('leaves alone what asks for it: %j', (metadata, expected) =>
    expect(isMirrored(endpoints([], metadata))).toBe(expected),
  );
});
