import {
  formatIp,
  parseIp,
  type DeepReadonly,
  type EndpointSlice,
  type Node,
  type Pod,
  type Service,
} from '@nestor/api';
import { isPodReady } from '@nestor/controller-kit';

export type Endpoint = NonNullable<EndpointSlice['endpoints']>[number];
export type AddressType = 'IPv4' | 'IPv6';
const zoneLabel = 'topology.kubernetes.io/zone';

/** The families a Service is reached by; one of an old server says it with its address, or is taken for both. */
export function addressTypes({ spec }: DeepReadonly<Service>): AddressType[] {
  const { ipFamilies = [], clusterIP } = spec ?? {};
  if (ipFamilies.length > 0) return ipFamilies.map((family) => (family === 'IPv6' ? 'IPv6' : 'IPv4'));
  if (clusterIP && clusterIP !== 'None') return [clusterIP.includes(':') ? 'IPv6' : 'IPv4'];
  return ['IPv4', 'IPv6'];
}

export function podAddresses({ status }: DeepReadonly<Pod>, type: AddressType): string[] {
  const listed = (status?.podIPs ?? []).flatMap(({ ip }) => ip ?? []);
  const all = listed.length > 0 ? listed : status?.podIP ? [status.podIP] : [];
  return all.flatMap((text) => {
    const ip = parseIp(text);
    return ip?.family === type ? [formatIp(ip)] : [];
  });
}

export interface EndpointOf {
  service: DeepReadonly<Service>;
  pod: DeepReadonly<Pod>;
  node: DeepReadonly<Node> | undefined;
  addresses: string[];
}

/** podToEndpoint */
export function toEndpoint({ service, pod, node, addresses }: EndpointOf): Endpoint {
  const terminating = !!pod.metadata.deletionTimestamp;
  const serving = isPodReady(pod);
  const { name, namespace, uid } = pod.metadata;
  const { hostname, subdomain, nodeName } = pod.spec ?? {};
  const zone = node?.metadata.labels?.[zoneLabel];
  return {
    addresses,
    conditions: { ready: !!service.spec?.publishNotReadyAddresses || (serving && !terminating), serving, terminating },
    ...(hostname && subdomain === service.metadata.name ? { hostname } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
}

/** What makes two endpoints the same one, however it is. */
export function endpointKey({ addresses, hostname, targetRef }: DeepReadonly<Endpoint>): string {
  return JSON.stringify([[...addresses].sort(), hostname ?? '', targetRef?.namespace ?? '', targetRef?.name ?? '']);
}

/** EndpointsEqualBeyondHash */
export function sameEndpoint(one: DeepReadonly<Endpoint>, other: DeepReadonly<Endpoint>): boolean {
  return state(one) === state(other);
}

function state({ conditions, nodeName, zone, targetRef }: DeepReadonly<Endpoint>): string {
  const { ready, serving, terminating } = conditions ?? {};
  return JSON.stringify([ready, serving, terminating, nodeName, zone, targetRef?.kind, targetRef?.uid]);
}
