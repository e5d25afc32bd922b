import type { EndpointSlice, Service } from '@nestor/api';
import { buildState, type ProxyNode } from './build-state';

function service(spec: object, metadata: object = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'ns', ...metadata },
    spec,
  };
}
function slice(endpoints: object[], overrides: object = {}): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'ns', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints,
    ...overrides,
  } as EndpointSlice;
}
const here = { name: 'here', zone: 'a' };
const http = { clusterIP: '10.96.0.9', ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }] };

describe('buildState', () => {
  test('joins a service with its slices by port name', () => {
    const ready = { addresses: ['10.0.0.1'], nodeName: 'here', conditions: { ready: true } };
    const away = {
      addresses: ['10.0.0.2'],
      nodeName: 'there',
      conditions: { ready: false, serving: true, terminating: true },
    };
    const { ports } = buildState([service(http)], [slice([away, ready])], here);
    expect(ports).toEqual([
      expect.objectContaining({
        name: 'ns/web:http',
        protocol: 'tcp',
        clusterIP: '10.96.0.9',
        port: 80,
        endpoints: [
          { ip: '10.0.0.1', port: 8080, local: true, ready: true, servingTerminating: false },
          { ip: '10.0.0.2', port: 8080, local: false, ready: false, servingTerminating: true },
        ],
      }),
    ]);
  });

  test.each([
    ['a headless service', service({ ...http, clusterIP: 'None' })],
    ['an ExternalName', service({ ...http, type: 'ExternalName', clusterIP: undefined })],
    ['another proxy’s service', service(http, { labels: { 'service.kubernetes.io/service-proxy-name': 'x' } })],
    ['an IPv6 service', service({ ...http, clusterIP: 'fd00::1' })],
  ])('leaves out %s', (_, one) => expect(buildState([one], [], here).ports).toEqual([]));

  test('ignores slices of other services, ports and address types', () => {
    const one = [{ addresses: ['10.0.0.1'] }];
    const slices = [
      slice(one, { ports: [{ name: 'other', port: 1 }] }),
      slice(one, { addressType: 'IPv6' }),
      slice(one, { metadata: { name: 'x', namespace: 'other', labels: { 'kubernetes.io/service-name': 'web' } } }),
    ];
    expect(buildState([service(http)], slices, here).ports[0]!.endpoints).toEqual([]);
  });

  test('an endpoint in two slices counts once, ready if either says so', () => {
    const slices = [
      slice([{ addresses: ['10.0.0.1'], conditions: { ready: true } }]),
      slice([{ addresses: ['10.0.0.1'], conditions: { ready: false } }]),
    ];
    const { endpoints } = buildState([service(http)], slices, here).ports[0]!;
    expect(endpoints.map(({ ip, ready }) => [ip, ready])).toEqual([['10.0.0.1', true]]);
  });

  test('says whom the hints are for, as this node sees them', () => {
    const hinted = [
      { addresses: ['10.0.0.1'], hints: { forZones: [{ name: 'a' }], forNodes: [{ name: 'there' }] } },
      { addresses: ['10.0.0.2'], hints: { forZones: [{ name: 'b' }], forNodes: [{ name: 'x' }, { name: 'here' }] } },
      { addresses: ['10.0.0.3'], hints: { forZones: [] } },
    ];
    const seen = (node: ProxyNode) =>
      buildState([service(http)], [slice(hinted)], node).ports[0]!.endpoints.map((one) => [
        one.hintedForZone,
        one.hintedForNode,
      ]);
    expect(seen(here)).toEqual([
      [true, false],
      [false, true],
      [undefined, undefined],
    ]);
    expect(seen({ name: 'x' })).toEqual([
      [false, false],
      [false, true],
      [undefined, undefined],
    ]);
  });

  test('reads affinity and policies', () => {
    const spec = {
      ...http,
      sessionAffinity: 'ClientIP',
      internalTrafficPolicy: 'Local',
      externalTrafficPolicy: 'Local',
    };
    expect(buildState([service(spec)], [], here).ports[0]).toMatchObject({
      affinitySeconds: 10_800,
      internalLocal: true,
      externalLocal: true,
    });
  });
});
