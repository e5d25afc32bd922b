import {
  controllerReference,
  formatIp,
  parseIp,
  semanticEqual,
  type DeepReadonly,
  type Endpoints,
  type EndpointSlice,
} from '@nestor/api';
import { portKey, slicePrefix } from './endpointslice.plan';
import { endpointKey, type AddressType, type Endpoint } from './slice-endpoint';
import { managedByLabel, serviceNameLabel, triggerTimeAnnotation } from './slice-labels';
import type { ResolvedPort } from './service-ports';

export const mirroredBy = 'endpointslicemirroring-controller.k8s.io';
const skipLabel = 'endpointslice.kubernetes.io/skip-mirror';
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader';
const notMirrored = [triggerTimeAnnotation, 'kubectl.kubernetes.io/last-applied-configuration'];

type Slice = DeepReadonly<EndpointSlice>;
type Observed = DeepReadonly<Endpoints>;
type Subset = NonNullable<Observed['subsets']>[number];
type Address = NonNullable<Subset['addresses']>[number];

export interface MirrorPlan {
  create: EndpointSlice[];
  update: EndpointSlice[];
  remove: Slice[];
  invalid: number;
  skipped: number;
}

interface Group {
  type: AddressType;
  ports: ResolvedPort[];
  endpoints: Map<string, Endpoint>;
}

/** Endpoints that elect a leader are no endpoints, and never had a Service. */
export const isLeaderLock = ({ metadata }: Observed): boolean => metadata.annotations?.[leaderAnnotation] !== undefined;

/** Some ask to be left alone. */
export const isMirrored = (endpoints: Observed): boolean =>
  endpoints.metadata.labels?.[skipLabel] !== 'true' && !isLeaderLock(endpoints);

/** One slice for each family and each set of ports (endpointslicemirroring reconciler). */
export function planMirror(endpoints: Observed, slices: readonly Slice[], max = 1000): MirrorPlan {
  const plan: MirrorPlan = { create: [], update: [], remove: [], invalid: 0, skipped: 0 };
  const groups = wantedGroups(endpoints, max, plan);
  const left = new Map<string, Slice[]>();
  for (const slice of slices) {
    const key = keyOf(slice.addressType, (slice.ports ?? []) as ResolvedPort[]);
    left.set(key, [...(left.get(key) ?? []), slice]);
  }
  for (const [key, group] of groups) {
    const [first, ...others] = left.get(key) ?? [];
    left.set(key, others);
    if (group.endpoints.size === 0) {
      if (first) plan.remove.push(first);
      continue;
    }
    const next = newSlice(endpoints, group, max);
    if (!first) plan.create.push(next);
    else if (!sameSlice(first, next)) plan.update.push(inPlaceOf(first, next));
  }
  plan.remove.push(...[...left.values()].flat());
  recycle(plan);
  if (endpoints.metadata.deletionTimestamp) plan.create = [];
  return plan;
}

function wantedGroups(endpoints: Observed, max: number, plan: MirrorPlan): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const subset of endpoints.subsets ?? []) {
    const ports = (subset.ports ?? []).map(({ name = '', port, protocol = 'TCP', appProtocol }) => ({
      name,
      port,
      protocol,
      ...(appProtocol ? { appProtocol } : {}),
    }));
    const all = [
      ...(subset.addresses ?? []).map((address) => ({ address, ready: true })),
      ...(subset.notReadyAddresses ?? []).map((address) => ({ address, ready: false })),
    ];
    let added = 0;
    for (const { address, ready } of all) {
      if (added >= max) break;
      const ip = parseIp(address.ip);
      if (!ip) plan.invalid++;
      else {
        const endpoint = toEndpoint(address, formatIp(ip), ready);
        groupOf(groups, ip.family, ports).endpoints.set(endpointKey(endpoint), endpoint);
        added++;
      }
    }
    plan.skipped += all.length - added;
  }
  return groups;
}

function groupOf(groups: Map<string, Group>, type: AddressType, ports: ResolvedPort[]): Group {
  const key = keyOf(type, ports);
  let group = groups.get(key);
  if (!group) groups.set(key, (group = { type, ports, endpoints: new Map() }));
  return group;
}

const keyOf = (type: string, ports: readonly ResolvedPort[]): string => `${type} ${portKey(ports)}`;

function toEndpoint({ targetRef, nodeName, hostname }: Address, ip: string, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(targetRef ? { targetRef } : {}),
    ...(nodeName ? { nodeName } : {}),
  };
}

function newSlice(endpoints: Observed, { type, ports, endpoints: wanted }: Group, max: number): EndpointSlice {
  const { name = '', namespace, labels, annotations = {} } = endpoints.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: slicePrefix(name),
      namespace,
      labels: { ...labels, [serviceNameLabel]: name, [managedByLabel]: mirroredBy },
      annotations: Object.fromEntries(Object.entries(annotations).filter(([key]) => !notMirrored.includes(key))),
      ownerReferences: [controllerReference(endpoints)],
    },
    addressType: type,
    endpoints: [...wanted.values()].slice(0, max),
    ports,
  };
}

/** Whatever order the endpoints are in. */
function sameSlice(slice: Slice, next: EndpointSlice): boolean {
  const byKey = (list: readonly DeepReadonly<Endpoint>[] = []) =>
    Object.fromEntries(list.map((endpoint) => [endpointKey(endpoint), endpoint]));
  return (
    semanticEqual(slice.metadata.labels, next.metadata.labels) &&
    semanticEqual(slice.metadata.annotations, next.metadata.annotations) &&
    slice.endpoints?.length === next.endpoints?.length &&
    semanticEqual(byKey(slice.endpoints), byKey(next.endpoints))
  );
}

/** A slice to make takes the place of one to remove. */
function recycle(plan: MirrorPlan): void {
  plan.remove = plan.remove.filter((slice) => {
    const at = plan.create.findIndex(({ addressType }) => addressType === slice.addressType);
    const [next] = at < 0 ? [] : plan.create.splice(at, 1);
    if (next) plan.update.push(inPlaceOf(slice, next));
    return !next;
  });
}

function inPlaceOf(slice: Slice, next: EndpointSlice): EndpointSlice {
  const { generateName: _generated, ...metadata } = next.metadata;
  return { ...next, metadata: { ...(slice.metadata as EndpointSlice['metadata']), ...metadata } };
}
