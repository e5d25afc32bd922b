import type { Lease } from '@nestor/api';
import type { StorageContext } from '../storage/storage-context';

/** Drops the identity leases of API servers that are gone. Losing the race to another replica is fine. */
export async function deleteStale({ store, cache }: StorageContext, leases: readonly Lease[]): Promise<void> {
  const resource = 'leases.coordination.k8s.io';
  for (const { metadata } of leases) {
    const { namespace = '', name = '' } = metadata;
    const found = cache.resource(resource).get(namespace, name);
    if (found)
      await store.write({ type: 'delete', resource, namespace, name, expected: found.revision, body: found.bytes });
  }
}
