import { commonEncodingVersion, type ApiObject, type StorageVersion } from '@nestor/api';
import type { ResourceRegistry } from '../registry/resource-registry';
import type { ServedResource } from '../registry/served-resource';
import { ensureObject, updateOwn } from '../storage/server-writes';
import type { StorageContext } from '../storage/storage-context';

type ServerVersion = NonNullable<NonNullable<StorageVersion['status']>['storageVersions']>[number];

/** Says in which version this server stores each built-in resource, and which versions it can read (StorageVersionAPI). */
export async function publishStorageVersions(
  context: StorageContext,
  registry: ResourceRegistry,
  apiServerID: string,
): Promise<void> {
  const served = registry.byKey('storageversions.internal.apiserver.k8s.io');
  if (!served) return;
  for (const [key, versions] of storedResources(registry)) {
    const stored = registry.byKey(key);
    if (!stored) continue;
    const { group, plural } = stored.definition;
    const name = `${group || 'core'}.${plural}`;
    await ensureObject(context, served, {
      apiVersion: served.apiVersion,
      kind: 'StorageVersion',
      metadata: { name },
      spec: {},
    });
    const own: ServerVersion = {
      apiServerID,
      encodingVersion: stored.storageApiVersion,
      decodableVersions: versions.map(({ apiVersion }) => apiVersion),
    };
    await updateOwn(context, served, { namespace: '', name, subresource: 'status' }, (current) =>
      withServer(current, own),
    );
  }
}

/** The versions that are served of each built-in resource, by its storage key. */
function storedResources(registry: ResourceRegistry): Map<string, ServedResource[]> {
  const found = new Map<string, ServedResource[]>();
  for (const served of registry.all()) {
    if (served.definition.custom) continue;
    const versions = found.get(served.key) ?? [];
    found.set(served.key, [...versions, served]);
  }
  return found;
}

function withServer(current: ApiObject, own: ServerVersion): ApiObject {
  const { status } = current as StorageVersion;
  const others = (status?.storageVersions ?? []).filter(({ apiServerID }) => apiServerID !== own.apiServerID);
  const storageVersions = [...others, own].sort((a, b) => ((a.apiServerID ?? '') < (b.apiServerID ?? '') ? -1 : 1));
  const { commonEncodingVersion: _, ...rest } = status ?? {};
  const common = commonEncodingVersion({ storageVersions });
  return {
    ...current,
    status: { ...rest, storageVersions, ...(common === undefined ? {} : { commonEncodingVersion: common }) },
  };
}
