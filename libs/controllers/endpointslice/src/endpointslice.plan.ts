import {
  controllerReference,
  isDns1123Subdomain,
  type DeepReadonly,
  type EndpointSlice,
  type Node,
  type Pod,
  type Service,
} from '@nestor/api';
import { isPodFinished } from '@nestor/controller-kit';
import { resolvePorts, type ResolvedPort } from './service-ports';
import { addressTypes, endpointKey, podAddresses, toEndpoint, type AddressType, type Endpoint } from './slice-endpoint';
import { giveHints, type HintedBy, type SliceDraft, type SliceEvent } from './give-hints';
import { hasWrongHints } from './slice-hints';
import { sameLabels, sliceLabels, triggerTimeAnnotation } from './slice-labels';
import { packEndpoints } from './slice-packing';
import type { FamilyHints } from './topology-allocation';

type Slice = DeepReadonly<EndpointSlice>;

export interface ObservedService extends HintedBy {
  service: DeepReadonly<Service>;
  /** Pods that the Service selects. */
  pods: readonly DeepReadonly<Pod>[];
  /** Slices of this controller for the Service. */
  slices: readonly Slice[];
  node(name: string): DeepReadonly<Node> | undefined;
  maxEndpoints?: number;
  /** When what is written now began to differ. */
  triggerTime?: string;
}

export interface SlicePlan {
  create: EndpointSlice[];
  update: EndpointSlice[];
  remove: Slice[];
  /** Pods left out because nobody knows their node yet. */
  skipped: string[];
  /** What hints by topology there are, where they are asked for. */
  families: Map<AddressType, FamilyHints>;
  events: SliceEvent[];
}

interface PortGroup {
  ports: ResolvedPort[];
  endpoints: Map<string, Endpoint>;
}

/** What makes the slices of a Service say what its pods are (Reconciler.Reconcile). */
export function planSlices(observed: ObservedService): SlicePlan {
  const plan = emptyPlan();
  const types = addressTypes(observed.service);
  const slices = observed.slices.filter(({ metadata }) => !metadata.deletionTimestamp);
  plan.remove.push(...slices.filter(({ addressType }) => !types.includes(addressType as AddressType)));
  for (const type of types) {
    const ofType = planType(
      observed,
      type,
      slices.filter(({ addressType }) => addressType === type),
    );
    for (const key of ['create', 'update', 'remove', 'skipped', 'events'] as const) {
      plan[key].push(...(ofType[key] as never[]));
    }
    for (const [family, hints] of ofType.families) plan.families.set(family, hints);
  }
  // A Service on its way out gets nothing new: the garbage collector takes away what is there.
  if (observed.service.metadata.deletionTimestamp) plan.create = [];
  return plan;
}

const emptyPlan = (): SlicePlan => ({
  create: [],
  update: [],
  remove: [],
  skipped: [],
  families: new Map(),
  events: [],
});

function planType(observed: ObservedService, type: AddressType, slices: readonly Slice[]): SlicePlan {
  const { service } = observed;
  const plan = emptyPlan();
  const groups = wantedGroups(observed, type, plan.skipped);
  const own = slices.filter((slice) => isOwn(slice, service));
  plan.remove.push(...slices.filter((slice) => !isOwn(slice, service)));
  plan.remove.push(...own.filter((slice) => !groups.has(keyOf(slice))));
  const drafts: SliceDraft[] = [];
  const unchanged: Slice[] = [];
  for (const [key, { ports, endpoints }] of groups) {
    const packed = packEndpoints({
      slices: own.filter((slice) => keyOf(slice) === key),
      wanted: endpoints,
      max: observed.maxEndpoints ?? 100,
      isOutdated: (slice) => !sameLabels(slice, service) || hasWrongHints(slice, service),
    });
    plan.remove.push(...packed.remove);
    unchanged.push(...packed.unchanged);
    drafts.push(...packed.create.map((list) => ({ ports, endpoints: list })));
    drafts.push(...packed.update.map((update) => ({ ports, ...update })));
  }
  const hints = giveHints(observed, type, { drafts, unchanged });
  if (hints.family) plan.families.set(type, hints.family);
  plan.events.push(...hints.events);
  for (const { slice, ports, endpoints } of hints.drafts) {
    if (slice) plan.update.push(changed(observed, slice, endpoints));
    else plan.create.push(newSlice(observed, { type, ports, endpoints }));
  }
  if (plan.create.length === 0 && plan.remove.length === slices.length) addPlaceholder(observed, type, plan);
  recycle(observed, plan);
  return plan;
}

/** Without endpoints there is one empty slice, so that readers can tell "none" from "not yet". */
function addPlaceholder(observed: ObservedService, type: AddressType, plan: SlicePlan): void {
  const placeholder = newSlice(observed, { type, ports: [], endpoints: [] });
  const [only, ...more] = plan.remove;
  const isThere =
    more.length === 0 &&
    only?.endpoints?.length === 0 &&
    (only.ports ?? []).length === 0 &&
    isOwn(only, observed.service) &&
    JSON.stringify(Object.entries(only.metadata.labels ?? {}).sort()) ===
      JSON.stringify(Object.entries(placeholder.metadata.labels ?? {}).sort());
  if (isThere) plan.remove = [];
  else plan.create.push(placeholder);
}

/** A slice to make takes the place of one to remove: one write instead of two. */
function recycle({ service }: ObservedService, plan: SlicePlan): void {
  plan.remove = plan.remove.filter((slice) => {
    const next = isOwn(slice, service) ? plan.create.pop() : undefined;
    if (!next) return true;
    const { generateName: _generated, ...metadata } = next.metadata;
    plan.update.push({ ...next, metadata: { ...(slice.metadata as EndpointSlice['metadata']), ...metadata } });
    return false;
  });
}

function wantedGroups(observed: ObservedService, type: AddressType, skipped: string[]): Map<string, PortGroup> {
  const { service, node } = observed;
  const groups = new Map<string, PortGroup>();
  const pods = [...observed.pods].sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  for (const pod of pods) {
    if (isPodFinished(pod) || !pod.status?.podIP) continue;
    const ports = resolvePorts(service, pod);
    const key = portKey(ports);
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { ports, endpoints: new Map() }));
    const found = pod.spec?.nodeName ? node(pod.spec.nodeName) : undefined;
    if (!found && !service.spec?.publishNotReadyAddresses) {
      skipped.push(pod.metadata.name ?? '');
      continue;
    }
    const addresses = podAddresses(pod, type);
    if (addresses.length === 0) continue;
    const endpoint = toEndpoint({ service, pod, node: found, addresses });
    group.endpoints.set(endpointKey(endpoint), endpoint);
  }
  return groups;
}

const keyOf = (slice: Slice): string => portKey(slice.ports ?? []);

export function portKey(ports: readonly Partial<ResolvedPort>[]): string {
  const parts = ports.map(({ name = '', port, protocol, appProtocol = '' }) =>
    JSON.stringify([name, port, protocol, appProtocol]),
  );
  return parts.sort().join();
}

function isOwn({ metadata }: Slice, service: DeepReadonly<Service>): boolean {
  return (metadata.ownerReferences ?? []).some(({ kind, uid }) => kind === 'Service' && uid === service.metadata.uid);
}

function changed(observed: ObservedService, slice: Slice, endpoints: readonly Endpoint[]): EndpointSlice {
  const { service, triggerTime } = observed;
  const { [triggerTimeAnnotation]: _old, ...annotations } = slice.metadata.annotations ?? {};
  return {
    ...(slice as EndpointSlice),
    metadata: {
      ...(slice.metadata as EndpointSlice['metadata']),
      labels: sliceLabels(service),
      annotations: { ...annotations, ...triggered(triggerTime) },
    },
    endpoints: [...endpoints],
  };
}

interface NewSlice {
  type: AddressType;
  ports: ResolvedPort[];
  endpoints: readonly Endpoint[];
}

function newSlice({ service, triggerTime }: ObservedService, { type, ports, endpoints }: NewSlice): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: slicePrefix(service.metadata.name ?? ''),
      namespace: service.metadata.namespace,
      labels: sliceLabels(service),
      ...(triggerTime ? { annotations: triggered(triggerTime) } : {}),
      ownerReferences: [controllerReference(service)],
    },
    addressType: type,
    endpoints: [...endpoints],
    ports,
  };
}

const triggered = (time: string | undefined): Record<string, string> => (time ? { [triggerTimeAnnotation]: time } : {});

/** With a dash, unless the name is too long for one. */
export function slicePrefix(name: string): string {
  return isDns1123Subdomain(`${name}-x`).length === 0 ? `${name}-` : name;
}
