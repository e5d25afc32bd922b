import type { DeepReadonly, EndpointSlice, Service } from '@nestor/api';
import type { Endpoint, Protocol, ProxyState, ServicePort } from './service-port';

/** A Service with this label is another proxy's. */
const otherProxyLabel = 'service.kubernetes.io/service-proxy-name';
const serviceNameLabel = 'kubernetes.io/service-name';
const defaultAffinitySeconds = 10_800;

type ServiceView = DeepReadonly<Service>;
type SliceView = DeepReadonly<EndpointSlice>;
type PortView = NonNullable<NonNullable<ServiceView['spec']>['ports']>[number];

/** The node whose rules are made. */
export interface ProxyNode {
  name: string;
  /** Absent where its label does not say. */
  zone?: string;
}

/** Joins Services with their EndpointSlices, as the given node sees them. IPv4 only. */
export function buildState(
  services: readonly ServiceView[],
  slices: readonly SliceView[],
  node: ProxyNode,
): ProxyState {
  const byService = new Map<string, SliceView[]>();
  for (const slice of slices) {
    const service = slice.metadata.labels?.[serviceNameLabel];
    if (!service || slice.addressType !== 'IPv4') continue;
    const key = `${slice.metadata.namespace}/${service}`;
    const same = byService.get(key);
    if (same) same.push(slice);
    else byService.set(key, [slice]);
  }
  const ports = services.flatMap((service) => {
    if (!isProxied(service)) return [];
    const own = byService.get(`${service.metadata.namespace}/${service.metadata.name}`) ?? [];
    return (service.spec?.ports ?? []).map((port) => servicePort(service, port, endpointsOf(own, port, node)));
  });
  return { ports: ports.sort(byName) };
}

function byName(a: ServicePort, b: ServicePort): number {
  return compareText(a.name, b.name) || compareText(a.protocol, b.protocol);
}
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function isProxied(service: ServiceView): boolean {
  const ip = service.spec?.clusterIP;
  if (!ip || ip === 'None' || service.spec?.type === 'ExternalName' || !isIPv4(ip)) return false;
  return service.metadata.labels?.[otherProxyLabel] === undefined;
}

const isIPv4 = (ip: string): boolean => !ip.includes(':');

function servicePort(service: ServiceView, port: PortView, endpoints: Endpoint[]): ServicePort {
  const spec = service.spec!;
  const name = `${service.metadata.namespace}/${service.metadata.name}`;
  const affinity = spec.sessionAffinity === 'ClientIP';
  return {
    name: port.name ? `${name}:${port.name}` : name,
    protocol: (port.protocol ?? 'TCP').toLowerCase() as Protocol,
    clusterIP: spec.clusterIP!,
    port: port.port,
    nodePort: port.nodePort ?? 0,
    externalIPs: (spec.externalIPs ?? []).filter(isIPv4),
    loadBalancerIPs: (service.status?.loadBalancer?.ingress ?? [])
      .filter((ingress) => ingress.ip && isIPv4(ingress.ip) && ingress.ipMode !== 'Proxy')
      .map((ingress) => ingress.ip!),
    loadBalancerSourceRanges: (spec.loadBalancerSourceRanges ?? []).map((range) => range.trim()).filter(isIPv4),
    affinitySeconds: affinity ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds) : 0,
    internalLocal: spec.internalTrafficPolicy === 'Local',
    externalLocal: spec.externalTrafficPolicy === 'Local',
    endpoints,
  };
}

/** Matched by the port's name and protocol, each address once, in a stable order. */
function endpointsOf(slices: readonly SliceView[], port: PortView, node: ProxyNode): Endpoint[] {
  const found = new Map<string, Endpoint>();
  for (const slice of slices) {
    for (const slicePort of slice.ports ?? []) {
      const matches = (slicePort.name ?? '') === (port.name ?? '');
      if (!matches || (slicePort.protocol ?? 'TCP') !== (port.protocol ?? 'TCP') || !slicePort.port) continue;
      for (const endpoint of slice.endpoints ?? []) addEndpoint(found, { endpoint, port: slicePort.port, node });
    }
  }
  return [...found.entries()].sort(([a], [b]) => compareText(a, b)).map(([, endpoint]) => endpoint);
}

interface Candidate {
  endpoint: NonNullable<SliceView['endpoints']>[number];
  port: number;
  node: ProxyNode;
}

function addEndpoint(found: Map<string, Endpoint>, { endpoint, port, node }: Candidate): void {
  const ip = endpoint.addresses[0];
  if (!ip) return;
  const ready = endpoint.conditions?.ready ?? true;
  const serving = endpoint.conditions?.serving ?? ready;
  const terminating = endpoint.conditions?.terminating ?? false;
  const local = endpoint.nodeName !== undefined && endpoint.nodeName === node.name;
  const next = { ip, port, local, ready, servingTerminating: serving && terminating, ...hinted(endpoint, node) };
  const key = `${ip}:${port}`;
  // While a pod moves between slices it is in both; the one that says it is ready wins.
  if (!found.has(key) || ready) found.set(key, next);
}

function hinted({ hints }: Candidate['endpoint'], node: ProxyNode): Pick<Endpoint, 'hintedForNode' | 'hintedForZone'> {
  const { forNodes, forZones } = hints ?? {};
  return {
    ...(forNodes?.length ? { hintedForNode: forNodes.some(({ name }) => name === node.name) } : {}),
    ...(forZones?.length ? { hintedForZone: forZones.some(({ name }) => name === node.zone) } : {}),
  };
}
