import type { HttpTransport } from '../http/http-transport';
import type { ResourceRef } from '../contracts';

export interface DiscoveredResource extends ResourceRef {
  verbs: readonly string[];
  shortNames: readonly string[];
}

export interface Discovery {
  resources: DiscoveredResource[];
  /** "group/version" of what could not be asked, with the reason. */
  failures: ReadonlyMap<string, string>;
}

interface GroupVersion {
  group: string;
  version: string;
  resources: DiscoveredResource[];
}
interface ApiResource {
  name: string;
  kind: string;
  namespaced: boolean;
  verbs?: string[];
  shortNames?: string[];
}
interface GroupList {
  groups: { name: string; versions: { version: string }[] }[];
}
interface AggregatedResource {
  resource: string;
  responseKind?: { kind: string };
  scope: 'Namespaced' | 'Cluster';
  verbs?: string[];
  shortNames?: string[];
}
interface AggregatedDiscovery {
  kind: 'APIGroupDiscoveryList';
  items?: {
    metadata?: { name?: string };
    versions: { version: string; freshness?: string; resources?: AggregatedResource[] }[];
  }[];
}

const aggregatedForm = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

/** What the API server serves right now: each resource in its group's most preferred version, subresources left out. */
export async function discoverResources(transport: HttpTransport): Promise<Discovery> {
  const failures = new Map<string, string>();
  const roots = await Promise.all(['/api', '/apis'].map((path) => groupVersionsUnder(transport, path, failures)));
  const found = new Map<string, DiscoveredResource>();
  for (const { resources } of roots.flat()) {
    for (const resource of resources) {
      const key = `${resource.plural}.${resource.group}`;
      if (!found.has(key)) found.set(key, resource);
    }
  }
  return { resources: [...found.values()], failures };
}

async function get<T>(transport: HttpTransport, path: string, accept?: string): Promise<T> {
  return JSON.parse((await transport.request({ method: 'GET', path, accept })).body.toString('utf8')) as T;
}

/** All groups in one answer, or, from a server that does not know that form, in one for each group and version. */
async function groupVersionsUnder(
  transport: HttpTransport,
  path: string,
  failures: Map<string, string>,
): Promise<GroupVersion[]> {
  const answer = await get<AggregatedDiscovery | GroupList | { kind: 'APIVersions'; versions: string[] }>(
    transport,
    path,
    aggregatedForm,
  );
  if ('kind' in answer && answer.kind === 'APIGroupDiscoveryList') return fromAggregated(answer, failures);
  const named =
    'versions' in answer
      ? answer.versions.map((version) => ({ group: '', version }))
      : answer.groups.flatMap(({ name, versions }) => versions.map(({ version }) => ({ group: name, version })));
  return Promise.all(named.map((one) => groupVersion(transport, one, failures)));
}

function fromAggregated({ items = [] }: AggregatedDiscovery, failures: Map<string, string>): GroupVersion[] {
  return items.flatMap(({ metadata, versions }) => {
    const group = metadata?.name ?? '';
    return versions.map(({ version, freshness, resources = [] }) => {
      // An extension server that does not answer: what it served last is no longer to be relied on.
      const isStale = freshness === 'Stale';
      if (isStale) failures.set(groupVersionName(group, version), 'stale GroupVersion discovery');
      const described = resources.map((one) => fromAggregatedResource(group, version, one));
      return { group, version, resources: isStale ? [] : described };
    });
  });
}

const fromAggregatedResource = (group: string, version: string, one: AggregatedResource): DiscoveredResource => ({
  group,
  version,
  plural: one.resource,
  kind: one.responseKind?.kind ?? '',
  namespaced: one.scope === 'Namespaced',
  verbs: one.verbs ?? [],
  shortNames: one.shortNames ?? [],
});

async function groupVersion(
  transport: HttpTransport,
  { group, version }: { group: string; version: string },
  failures: Map<string, string>,
): Promise<GroupVersion> {
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  try {
    const { resources } = await get<{ resources: ApiResource[] | null }>(transport, path);
    const own = (resources ?? []).filter(({ name }) => !name.includes('/'));
    return {
      group,
      version,
      resources: own.map(({ name, kind, namespaced, verbs = [], shortNames = [] }) => ({
        group,
        version,
        plural: name,
        kind,
        namespaced,
        verbs,
        shortNames,
      })),
    };
  } catch (error) {
    if (group === '') throw error;
    failures.set(groupVersionName(group, version), (error as Error).message);
    return { group, version, resources: [] };
  }
}

const groupVersionName = (group: string, version: string): string => (group === '' ? version : `${group}/${version}`);
