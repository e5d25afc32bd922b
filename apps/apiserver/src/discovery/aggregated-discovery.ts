import type { DiscoveredResource } from './api-resources';
import type { DiscoveredGroup } from './group-versions';
import { joinGroupVersion } from '../registry/served-resource';

/** apidiscovery.k8s.io APIGroupDiscoveryList: all groups with all resources in one answer. */
export function aggregated(groups: readonly DiscoveredGroup[], version: string): unknown {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ group, versions }) => ({
      metadata: { ...(group ? { name: group } : {}), creationTimestamp: null },
      versions: versions.map((one) => ({
        version: one.version,
        resources: resourcesOf(group, one.version, one.resources),
        freshness: one.isStale ? 'Stale' : 'Current',
      })),
    })),
  };
}

function resourcesOf(group: string, version: string, rows: readonly DiscoveredResource[]): unknown[] {
  const kindOf = (row: DiscoveredResource): unknown => ({
    group: row.group ?? group,
    version: row.version ?? version,
    kind: row.kind,
  });
  return rows
    .filter((row) => !row.name.includes('/'))
    .map((row) => {
      const subresources = rows
        .filter(({ name }) => name.startsWith(`${row.name}/`))
        .map((part) => ({
          subresource: part.name.slice(row.name.length + 1),
          responseKind: kindOf(part),
          verbs: part.verbs,
        }));
      return {
        resource: row.name,
        responseKind: kindOf(row),
        scope: row.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: row.singularName,
        verbs: row.verbs,
        ...(row.shortNames ? { shortNames: row.shortNames } : {}),
        ...(row.categories ? { categories: row.categories } : {}),
        ...(subresources.length ? { subresources } : {}),
      };
    });
}

/** The older form: one document per level. */
export function apiGroup({ group, versions }: DiscoveredGroup): Record<string, unknown> {
  const list = versions.map(({ version }) => ({ groupVersion: joinGroupVersion(group, version), version }));
  return { name: group, versions: list, preferredVersion: list[0] };
}

export function resourceList(groupVersion: string, resources: readonly DiscoveredResource[]): unknown {
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}
