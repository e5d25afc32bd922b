import {
  quantityValue,
  type Container,
  type DeepReadonly,
  type DeviceRequest,
  type Pod,
  type PodStatus,
} from '@nestor/api';
import type { DeviceResources } from './device-resources';

type Mapping = NonNullable<NonNullable<PodStatus['extendedResourceClaimStatus']>['requestMappings']>[number];
type Numbered = { container: DeepReadonly<Container>; at: number };
type Exact = DeviceRequest & Required<Pick<DeviceRequest, 'exactly'>>;

export interface ExtendedRequests {
  readonly requests: DeviceRequest[];
  /** Which request gives which container its devices. */
  readonly mappings: Mapping[];
}

/**
 * The devices that stand for resources of a pod (createRequestsAndMappings). An init container that ends before others
 * begin takes theirs for its time, and what it needs beyond those it shares with the other init containers.
 */
export function extendedRequests(
  { spec }: DeepReadonly<Pod>,
  resources: readonly string[],
  classes: DeviceResources,
): ExtendedRequests {
  const init = spec?.initContainers ?? [];
  const containers = [...init, ...(spec?.containers ?? [])].map((container, at): Numbered => ({ container, at }));
  const isShort = ({ container, at }: Numbered): boolean => at < init.length && container.restartPolicy !== 'Always';
  const all: ExtendedRequests = { requests: [], mappings: [] };
  for (const resource of [...resources].sort()) {
    const className = classes(resource)?.metadata.name;
    if (className === undefined) continue;
    const ask = (of: Numbered, reusable: readonly Exact[] = []) => requestOf(of, { resource, className, reusable });
    const lasting = containers.filter((one) => !isShort(one)).map((one) => ({ at: one.at, ...ask(one) }));
    const lastingAfter = (at: number): Exact[] =>
      lasting.flatMap((one) => (one.at >= at && one.request ? [one.request] : []));
    const passing = containers.filter(isShort).map((one) => ask(one, lastingAfter(one.at)));
    const most = largest(passing.flatMap(({ request }) => request ?? []));
    const own = new Set(passing.map(({ request }) => request?.name));
    all.requests.push(...(most ? [most] : []), ...lastingAfter(0));
    all.mappings.push(...lasting.flatMap(({ mappings }) => mappings));
    for (const mapping of passing.flatMap(({ mappings }) => mappings))
      all.mappings.push(most && own.has(mapping.requestName) ? { ...mapping, requestName: most.name } : mapping);
  }
  all.requests.sort((a, b) => (a.name < b.name ? -1 : 1));
  return all;
}

const countOf = ({ exactly }: Exact): number => exactly.count ?? 1;

function largest(requests: readonly Exact[]): Exact | undefined {
  return requests.reduce<Exact | undefined>(
    (most, one) => (most && countOf(most) >= countOf(one) ? most : one),
    undefined,
  );
}

interface Wanted {
  resource: string;
  className: string;
  /** Of containers that run later. */
  reusable: readonly Exact[];
}

function requestOf(
  { container, at }: Numbered,
  { resource, className, reusable }: Wanted,
): { request?: Exact; mappings: Mapping[] } {
  const asked = container.resources?.requests ?? {};
  let missing = quantityValue(asked[resource] ?? '0');
  const mappings: Mapping[] = [];
  const map = (requestName: string): void => {
    mappings.push({ containerName: container.name, resourceName: resource, requestName });
  };
  for (const one of reusable) {
    if (missing <= 0) break;
    map(one.name);
    missing -= countOf(one);
  }
  if (missing <= 0) return { mappings };
  const name = `container-${at}-request-${Object.keys(asked).sort().indexOf(resource)}`;
  map(name);
  const exactly = { deviceClassName: className, allocationMode: 'ExactCount', count: missing };
  return { request: { name, exactly }, mappings };
}
