import {
  controllerReference,
  type DeepReadonly,
  type EndpointSlice,
  type Node,
  type Pod,
  type Service,
} from '@nestor/api';
import { isPodFinished, isPodReady } from '@nestor/controller-kit';
import { isHeadless, resolvePorts, type ResolvedPort } from './service-ports';

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const managedBy = 'endpointslice-controller.k8s.io';
export const headlessLabel = 'service.kubernetes.io/headless';
const zoneLabel = 'topology.kubernetes.io/zone';

type Slice = DeepReadonly<EndpointSlice>;
type Endpoint = NonNullable<EndpointSlice['endpoints']>[number];
type AddressType = 'IPv4' | 'IPv6';

export interface ObservedService {
  service: DeepReadonly<Service>;
  /** Pods that the Service selects. */
  pods: readonly DeepReadonly<Pod>[];
  /** Slices of this controller for the Service. */
  slices: readonly Slice[];
  node(name: string): DeepReadonly<Node> | undefined;
  maxEndpoints?: number;
}

export interface SlicePlan {
  create: EndpointSlice[];
  update: EndpointSlice[];
  remove: Slice[];
}

interface PortGroup {
  addressType: AddressType;
  ports: ResolvedPort[];
  endpoints: Map<string, Endpoint>;
}

/** Fewest writes: endpoints stay in the slice they are in, new ones fill what has room, empty slices go. */
export function planSlices(observed: ObservedService): SlicePlan {
  const result: SlicePlan = { create: [], update: [], remove: [] };
  const groups = wantedGroups(observed);
  const existing = new Map<string, Slice[]>();
  for (const slice of observed.slices) {
    if (slice.metadata.deletionTimestamp) continue;
    const key = portKey(slice.addressType, (slice.ports ?? []) as ResolvedPort[]);
    if (!groups.has(key)) result.remove.push(slice);
    else existing.set(key, [...(existing.get(key) ?? []), slice]);
  }
  for (const [key, group] of groups) fill(observed, group, existing.get(key) ?? [], result);
  return result;
}

function wantedGroups(observed: ObservedService): Map<string, PortGroup> {
  const { service, pods } = observed;
  const groups = new Map<string, PortGroup>();
  for (const addressType of addressTypes(service)) {
    for (const pod of pods) {
      const addresses = podAddresses(pod, addressType);
      if (isPodFinished(pod) || addresses.length === 0) continue;
      const ports = resolvePorts(service, pod);
      const endpoint = toEndpoint(observed, pod, addresses);
      group(groups, addressType, ports).endpoints.set(pod.metadata.uid ?? '', endpoint);
    }
    // A Service without endpoints still has one slice, so that readers can tell "none" from "not yet".
    const hasAny = [...groups.values()].some((one) => one.addressType === addressType);
    if (!hasAny) group(groups, addressType, []);
  }
  return groups;
}

function group(groups: Map<string, PortGroup>, addressType: AddressType, ports: ResolvedPort[]): PortGroup {
  const key = portKey(addressType, ports);
  let found = groups.get(key);
  if (!found) groups.set(key, (found = { addressType, ports, endpoints: new Map() }));
  return found;
}

function portKey(addressType: string, ports: readonly ResolvedPort[]): string {
  const parts = ports.map((one) => [one.name ?? '', one.port, one.protocol, one.appProtocol ?? ''].join('/'));
  return `${addressType}|${parts.sort().join('|')}`;
}

function addressTypes(service: DeepReadonly<Service>): AddressType[] {
  const families = service.spec?.ipFamilies;
  return families?.length ? families.map((family) => (family === 'IPv6' ? 'IPv6' : 'IPv4')) : ['IPv4'];
}

function podAddresses(pod: DeepReadonly<Pod>, type: AddressType): string[] {
  const known = (pod.status?.podIPs ?? []).flatMap(({ ip }) => ip ?? []);
  const all = known.length ? known : pod.status?.podIP ? [pod.status.podIP] : [];
  return all.filter((ip) => ip.includes(':') === (type === 'IPv6'));
}

function toEndpoint({ service, node }: ObservedService, pod: DeepReadonly<Pod>, addresses: string[]): Endpoint {
  const isTerminating = !!pod.metadata.deletionTimestamp;
  const isServing = isPodReady(pod);
  const { name, namespace, uid } = pod.metadata;
  const { hostname, subdomain, nodeName } = pod.spec ?? {};
  const hasName = hostname && subdomain === service.metadata.name && namespace === service.metadata.namespace;
  const zone = nodeName ? node(nodeName)?.metadata.labels?.[zoneLabel] : undefined;
  return {
    addresses,
    conditions: {
      ready: !!service.spec?.publishNotReadyAddresses || (isServing && !isTerminating),
      serving: isServing,
      terminating: isTerminating,
    },
    ...(hasName ? { hostname } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
}

function fill(observed: ObservedService, wanted: PortGroup, slices: Slice[], result: SlicePlan): void {
  const max = observed.maxEndpoints ?? 100;
  const missing = new Map(wanted.endpoints);
  const drafts = slices.map((slice) => ({ slice, endpoints: keep(slice, wanted, missing) }));
  const unplaced = [...missing.values()];
  // The fullest first, so that few slices change and few are half empty.
  for (const draft of [...drafts].sort((a, b) => b.endpoints.length - a.endpoints.length)) {
    const room = max - draft.endpoints.length;
    if (unplaced.length && room > 0) draft.endpoints.push(...unplaced.splice(0, room));
  }
  const isPlaceholder = wanted.endpoints.size === 0;
  for (const [index, draft] of drafts.entries()) {
    const isEmpty = draft.endpoints.length === 0 && !(isPlaceholder && index === 0);
    if (isEmpty) result.remove.push(draft.slice);
    else addIfChanged(observed.service, draft, result);
  }
  while (unplaced.length) result.create.push(newSlice(observed.service, wanted, unplaced.splice(0, max)));
  if (isPlaceholder && drafts.length === 0) result.create.push(newSlice(observed.service, wanted, []));
}

/** The slice's endpoints that are still wanted, as they should be now. */
function keep(slice: Slice, wanted: PortGroup, missing: Map<string, Endpoint>): Endpoint[] {
  return (slice.endpoints ?? []).flatMap((endpoint) => {
    const uid = endpoint.targetRef?.uid ?? '';
    const current = missing.has(uid) ? wanted.endpoints.get(uid) : undefined;
    missing.delete(uid);
    return current ?? [];
  });
}

function addIfChanged(
  service: DeepReadonly<Service>,
  { slice, endpoints }: { slice: Slice; endpoints: Endpoint[] },
  result: SlicePlan,
): void {
  const labels = sliceLabels(service);
  if (sameLabels(slice.metadata.labels, labels) && sameEndpoints(slice.endpoints ?? [], endpoints)) return;
  result.update.push({ ...(slice as EndpointSlice), metadata: { ...slice.metadata, labels } as never, endpoints });
}

function sameEndpoints(a: readonly DeepReadonly<Endpoint>[], b: readonly DeepReadonly<Endpoint>[]): boolean {
  return a.length === b.length && a.every((one, index) => endpointText(one) === endpointText(b[index]!));
}

function endpointText({ addresses, conditions, hostname, targetRef, nodeName, zone }: DeepReadonly<Endpoint>): string {
  const { ready, serving, terminating } = conditions ?? {};
  return JSON.stringify([addresses, ready, serving, terminating, hostname, targetRef?.uid, nodeName, zone]);
}

function sameLabels(a: Readonly<Record<string, string>> | undefined, b: Record<string, string>): boolean {
  const keys = Object.keys(b);
  return Object.keys(a ?? {}).length === keys.length && keys.every((key) => a?.[key] === b[key]);
}

function newSlice(
  service: DeepReadonly<Service>,
  { addressType, ports }: PortGroup,
  endpoints: Endpoint[],
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${service.metadata.name}-`,
      namespace: service.metadata.namespace,
      labels: sliceLabels(service),
      ownerReferences: [controllerReference(service)],
    },
    addressType,
    endpoints,
    ports,
  };
}

function sliceLabels(service: DeepReadonly<Service>): Record<string, string> {
  const reserved = new Set([serviceNameLabel, managedByLabel, headlessLabel]);
  const own = Object.entries(service.metadata.labels ?? {}).filter(([key]) => !reserved.has(key));
  return {
    ...Object.fromEntries(own),
    [managedByLabel]: managedBy,
    [serviceNameLabel]: service.metadata.name ?? '',
    ...(isHeadless(service) ? { [headlessLabel]: '' } : {}),
  };
}
