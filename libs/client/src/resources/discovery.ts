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

export interface Discovery {
  /** Each group's preferred version, subresources left out. */
  resources: DiscoveredResource[];
  /** Groups that another server answers for and that cannot be asked now, each with why. */
  failures: string[];
}

/** What the API server serves right now. One aggregated group that is away does not hide the others. */
export async function discoverResources(transport: HttpTransport): Promise<Discovery> {
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
  const failures: string[] = [];
  const lists = await Promise.all(
    versions.map(async ({ group, version, path }) => {
      try {
        const { resources } = await get<{ resources: ApiResource[] | null }>(path);
        return (resources ?? []).filter(isWhole).map((resource) => described(resource, group, version));
      } catch (error) {
        if (group === '') throw error;
        failures.push(`${group}/${version}: ${error instanceof Error ? error.message : String(error)}`);
        return [];
      }
    }),
  );
  return { resources: lists.flat(), failures };
}

const isWhole = ({ name }: ApiResource): boolean => !name.includes('/');

const described = (resource: ApiResource, group: string, version: string): DiscoveredResource => ({
  group,
  version,
  plural: resource.name,
  kind: resource.kind,
  namespaced: resource.namespaced,
  verbs: resource.verbs ?? [],
  shortNames: resource.shortNames ?? [],
});
