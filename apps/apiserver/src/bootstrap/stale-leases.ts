import { isNotFound, type Lease } from '@nestor/api';
import type { ServedResource } from '../registry/served-resource';
import { privateCopy } from '../storage/canonical-body';
import { remove } from '../storage/commit';
import type { StorageContext } from '../storage/storage-context';

/** Drops the identity leases of API servers that are gone. Losing the race to another replica is fine. */
export async function deleteStale(
  context: StorageContext,
  served: ServedResource,
  leases: readonly Lease[],
): Promise<void> {
  for (const { metadata } of leases) {
    const found = context.cache.resource(served.key).get(metadata.namespace ?? '', metadata.name ?? '');
    if (!found) continue;
    await remove(context, served, privateCopy(found.bytes), found.revision).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
}
