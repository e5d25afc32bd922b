import type { QuotaStore } from '@nestor/admission';
import { resourceListOf, type Amounts, type DeepReadonly, type ResourceQuota } from '@nestor/api';
import type { ResourceRegistry } from '../registry/resource-registry';
import { newestCache, openCache } from '../storage/cached-reads';
import { privateCopy } from '../storage/canonical-body';
import { updateOwn } from '../storage/server-writes';
import type { StorageContext } from '../storage/storage-context';

const key = 'resourcequotas';
type Quota = DeepReadonly<ResourceQuota>;

/** Quotas as the watch cache has them, or as this process wrote them where the cache is behind. */
export class StoredQuotas implements QuotaStore {
  /** What was written here and may not be in the cache yet, by namespace and name. */
  private readonly written = new Map<string, Quota>();

  constructor(
    private readonly registry: ResourceRegistry,
    /** Storage needs admission, so admission finds it later. */
    private readonly storage: () => StorageContext,
  ) {}

  async quotas(namespace: string, options?: { fresh?: boolean }): Promise<readonly Quota[]> {
    const cache = await (options?.fresh ? newestCache : openCache)(this.storage(), key);
    const { items } = cache.list({ namespace });
    return items.map((item) => {
      const place = `${namespace}/${item.name}`;
      const own = this.written.get(place);
      if (own && own.metadata.uid === item.uid && Number(own.metadata.resourceVersion) > item.revision) return own;
      if (own) this.written.delete(place);
      return item.object();
    });
  }

  async charge(quota: Quota, used: Amounts): Promise<void> {
    const served = this.registry.byKey(key);
    if (!served) return;
    const { namespace = '', name = '', resourceVersion } = quota.metadata;
    const place = { namespace, name, subresource: 'status' };
    const written = await updateOwn(this.storage(), served, place, (current) => ({
      ...current,
      // The quota the requests were held against, and no other.
      metadata: { ...current.metadata, resourceVersion },
      status: { ...(current['status'] as object), used: resourceListOf(used) },
    }));
    this.written.set(`${namespace}/${name}`, privateCopy(written.bytes));
  }
}
