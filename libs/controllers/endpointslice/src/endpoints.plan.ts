import type { DeepReadonly, Endpoints, Pod, Service } from '@nestor/api';
import { isPodFinished, isPodReady } from '@nestor/controller-kit';
import { podAddresses } from './slice-endpoint';
import { headlessLabel, triggerTimeAnnotation } from './slice-labels';
import { isHeadless, resolvePorts, type ResolvedPort } from './service-ports';

const managedByLabel = 'endpoints.kubernetes.io/managed-by';
const overCapacity = 'endpoints.kubernetes.io/over-capacity';
const maxAddresses = 1000;

type Subset = NonNullable<Endpoints['subsets']>[number];
type Address = NonNullable<Subset['addresses']>[number];
interface Found {
  address: Address;
  ports: ResolvedPort[];
  isReady: boolean;
}

/** The Endpoints object of a Service, or undefined when the present one says the same. */
export function planEndpoints(
  service: DeepReadonly<Service>,
  pods: readonly DeepReadonly<Pod>[],
  current: DeepReadonly<Endpoints> | undefined,
  triggerTime?: string,
): Endpoints | undefined {
  const found = pods.flatMap((pod) => find(service, pod)).sort(byReadiness);
  const isCut = found.length > maxAddresses;
  const { name, namespace, labels } = service.metadata;
  const { [overCapacity]: _cut, [triggerTimeAnnotation]: _time, ...kept } = current?.metadata.annotations ?? {};
  const annotations = { ...kept, ...(triggerTime ? { [triggerTimeAnnotation]: triggerTime } : {}) };
  const next: Endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      ...((current?.metadata ?? { name, namespace }) as Endpoints['metadata']),
      labels: {
        ...labels,
        [managedByLabel]: 'endpoint-controller',
        ...(isHeadless(service) ? { [headlessLabel]: '' } : {}),
      },
      annotations: isCut ? { ...annotations, [overCapacity]: 'truncated' } : annotations,
    },
    subsets: subsets(found.slice(0, maxAddresses)),
  };
  return current && view(current) === view(next) ? undefined : next;
}

function find(service: DeepReadonly<Service>, pod: DeepReadonly<Pod>): Found[] {
  // Unlike slices, Endpoints have one family and leave out pods on their way out.
  const ip = addressOf(service, pod);
  if (!ip || isPodFinished(pod)) return [];
  const { publishNotReadyAddresses } = service.spec ?? {};
  if (pod.metadata.deletionTimestamp && !publishNotReadyAddresses) return [];
  const { name, namespace, uid } = pod.metadata;
  const { nodeName, hostname, subdomain } = pod.spec ?? {};
  const ports = resolvePorts(service, pod);
  if (ports.length === 0 && !isHeadless(service)) return [];
  const address: Address = {
    ip,
    ...(hostname && subdomain === service.metadata.name ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
  return [{ address, ports, isReady: !!publishNotReadyAddresses || isPodReady(pod) }];
}

/** Ready ones are cut last; among equals the order is always the same. */
function byReadiness(a: Found, b: Found): number {
  if (a.isReady !== b.isReady) return a.isReady ? -1 : 1;
  return a.address.ip < b.address.ip ? -1 : 1;
}

/** podToEndpointAddressForService: of the Service's first family. */
function addressOf(service: DeepReadonly<Service>, pod: DeepReadonly<Pod>): string | undefined {
  if (!pod.status?.podIP) return undefined;
  const { ipFamilies, clusterIP } = service.spec ?? {};
  const family =
    ipFamilies?.[0] ?? (clusterIP?.includes(':') ? 'IPv6' : clusterIP && clusterIP !== 'None' ? 'IPv4' : '');
  // A headless Service of an old server takes what the pod has first.
  if (family === '') return pod.status.podIP;
  return podAddresses(pod, family === 'IPv6' ? 'IPv6' : 'IPv4')[0];
}

/** endpoints.RepackSubsets: one subset for each set of ports, all of it sorted. */
function subsets(found: readonly Found[]): Subset[] {
  const byPorts = new Map<string, { ports: ResolvedPort[]; ready: Address[]; notReady: Address[] }>();
  for (const { address, ports, isReady } of found) {
    const key = JSON.stringify(ports);
    let subset = byPorts.get(key);
    if (!subset) byPorts.set(key, (subset = { ports, ready: [], notReady: [] }));
    (isReady ? subset.ready : subset.notReady).push(address);
  }
  const byIp = (a: Address, b: Address): number => (a.ip < b.ip ? -1 : 1);
  return [...byPorts.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { ports, ready, notReady }]) => ({
      ...(ready.length ? { addresses: ready.sort(byIp) } : {}),
      ...(notReady.length ? { notReadyAddresses: notReady.sort(byIp) } : {}),
      ...(ports.length ? { ports: ports.map((port) => ({ ...port, name: port.name || undefined })) } : {}),
    }));
}

/** What matters of an Endpoints object, whatever order the server keeps its keys in. */
function view({ metadata, subsets: list }: DeepReadonly<Endpoints>): string {
  const sorted = (map: Readonly<Record<string, string>> | undefined) => Object.entries(map ?? {}).sort();
  const address = ({ ip, hostname, nodeName, targetRef }: DeepReadonly<Address>) => [
    ip,
    hostname,
    nodeName,
    targetRef?.uid,
  ];
  return JSON.stringify([
    sorted(metadata.labels),
    metadata.annotations?.[overCapacity],
    (list ?? []).map(({ addresses, notReadyAddresses, ports }) => [
      addresses?.map(address) ?? [],
      notReadyAddresses?.map(address) ?? [],
      ports?.map(({ name, port, protocol, appProtocol }) => [name, port, protocol, appProtocol]) ?? [],
    ]),
  ]);
}
