import type { ResourceRegistry } from '../registry/resource-registry';
import {
  discovered,
  DiscoveredResource,
  discoveredVirtual,
  virtualResources,
  type VirtualResource,
} from './api-resources';

export interface DiscoveredVersion {
  version: string;
  resources: DiscoveredResource[];
  /** Another server's, which cannot be asked at the moment. */
  isStale?: boolean;
}

/** A group and version that another server answers for. */
export interface RemoteVersion {
  group: string;
  version: string;
  /** Orders groups among those that are not built in. */
  priority: number;
  resources: DiscoveredResource[];
  isStale: boolean;
}
export interface DiscoveredGroup {
  group: string;
  versions: DiscoveredVersion[];
}

/** The order kubectl should prefer groups in, as upstream's priorities give it; others follow by name. */
const priority = [
  '',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
];

/** Of the groups of custom resources. */
const customPriority = 1000;

const rank = (group: string): number => {
  const at = priority.indexOf(group);
  return at < 0 ? priority.length : at;
};

/** Everything served, by group and version: the one source of all forms of discovery. */
export function discoverGroups(
  registry: ResourceRegistry,
  remote: readonly RemoteVersion[] = [],
  virtual: readonly VirtualResource[] = virtualResources,
): DiscoveredGroup[] {
  const groups = new Map<string, Map<string, DiscoveredResource[]>>();
  const remotes = new Map(remote.map((one) => [`${one.group}/${one.version}`, one]));
  const priorities = new Map<string, number>();
  const rows = (group: string, version: string): DiscoveredResource[] => {
    const versions = groups.get(group) ?? new Map<string, DiscoveredResource[]>();
    groups.set(group, versions);
    const list = versions.get(version) ?? [];
    versions.set(version, list);
    return list;
  };
  for (const served of registry.all()) {
    rows(served.definition.group, served.definition.version).push(...discovered(served));
  }
  for (const one of virtual) rows(one.group, one.version).push(...discoveredVirtual(one));
  for (const { group, version, priority, resources } of remotes.values()) {
    // Whoever is registered for a version answers for all of it.
    rows(group, version).splice(0, Infinity, ...resources);
    priorities.set(group, Math.max(priorities.get(group) ?? 0, priority));
  }
  const priorityOf = ({ group }: DiscoveredGroup): number => priorities.get(group) ?? customPriority;
  return [...groups]
    .map(([group, versions]) => ({
      group,
      versions: [...versions]
        .map(([version, resources]) => ({
          version,
          resources: resources.sort((a, b) => (a.name < b.name ? -1 : 1)),
          ...(remotes.get(`${group}/${version}`)?.isStale ? { isStale: true } : {}),
        }))
        .sort((a, b) => compareVersions(b.version, a.version)),
    }))
    .sort((a, b) => rank(a.group) - rank(b.group) || priorityOf(b) - priorityOf(a) || (a.group < b.group ? -1 : 1));
}

/** Kubernetes' order of versions: v2 > v1 > v1beta2 > v1beta1 > v1alpha1 > anything else (version.CompareKubeAwareVersionStrings). */
export function compareVersions(a: string, b: string): number {
  const left = versionKey(a);
  const right = versionKey(b);
  for (let part = 0; part < 3; part++) {
    const difference = (left[part] as number) - (right[part] as number);
    if (difference !== 0) return difference;
  }
  return a < b ? 1 : a > b ? -1 : 0;
}

function versionKey(version: string): [number, number, number] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (!match) return [-1, 0, 0];
  const stability = match[2] === 'alpha' ? 0 : match[2] === 'beta' ? 1 : 2;
  return [stability, Number(match[1]), Number(match[3] ?? 0)];
}
