import type { HttpTransport } from '../http/http-transport';
import type { ResourceRef } from '../contracts';

export interface DiscoveredResource extends ResourceRef {
  verbs: readonly string[];
  shortNames: readonly string[];
}
interface ApiResource {
  name: string;
  kind: string;
  namespaced: boolean;
  verbs?: string[];
  shortNames?: string[];
}
interface GroupList {
  groups: { name: string; preferredVersion: { version: string } }[];
}

/** What the API server serves right now: each group's preferred version, subresources left out. */
export async function discoverResources(transport: HttpTransport): Promise<DiscoveredResource[]> {
  const get = async <T>(path: string): Promise<T> =>
    JSON.parse((await transport.request({ method: 'GET', path })).body.toString('utf8')) as T;
  const { groups } = await get<GroupList>('/apis');
  const versions = [
    { group: '', version: 'v1', path: '/api/v1' },
    ...groups.map(({ name, preferredVersion: { version } }) => ({
      group: name,
      version,
      path: `/apis/${name}/${version}`,
    })),
  ];
  const lists = await Promise.all(
    versions.map(async ({ group, version, path }) => {
      const { resources } = await get<{ resources: ApiResource[] | null }>(path);
      return (resources ?? [])
        .filter((resource) => !resource.name.includes('/'))
        .map(({ name, kind, namespaced, verbs, shortNames }) => ({
          group,
          version,
          plural: name,
          kind,
          namespaced,
          verbs: verbs ?? [],
          shortNames: shortNames ?? [],
        }));
    }),
  );
  return lists.flat();
}
