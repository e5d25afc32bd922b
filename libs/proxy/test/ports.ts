import type { Endpoint, ServicePort } from '../src/state/service-port';

export function endpoint(ip: string, overrides: Partial<Endpoint> = {}): Endpoint {
  return { ip, port: 80, local: false, ready: true, servingTerminating: false, ...overrides };
}

export function servicePort(overrides: Partial<ServicePort> = {}): ServicePort {
  return {
    name: 'ns1/svc1:p80',
    protocol: 'tcp',
    clusterIP: '172.30.0.41',
    port: 80,
    nodePort: 0,
    externalIPs: [],
    loadBalancerIPs: [],
    loadBalancerSourceRanges: [],
    affinitySeconds: 0,
    internalLocal: false,
    externalLocal: false,
    endpoints: [endpoint('10.180.0.1')],
    ...overrides,
  };
}
