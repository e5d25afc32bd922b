import type { ObjectReader } from '@nestor/admission';
import type { TruthStore } from '@nestor/store';
import type { WatchCache } from '@nestor/watch';

/** Reads objects from the watch cache for admission and authentication. */
export function cachedReader(store: TruthStore, cache: WatchCache): ObjectReader {
  return {
    async get(resource, namespace, name, options) {
      const found = cache.resource(resource);
      await found.ready();
      if (options?.fresh) await found.waitFor(await store.currentRevision());
      return found.get(namespace, name)?.object();
    },
    async list(resource, namespace) {
      const found = cache.resource(resource);
      await found.ready();
      return found.list(namespace === undefined ? undefined : { namespace }).items.map((item) => item.object());
    },
  };
}
