import type { ChangeSource } from '../change-source';
import type { CachedResource, ResourceCache } from './cache-contract';

export interface WatchCacheOptions {
  source: ChangeSource;
  /** What to know of a resource key; called when the resource is first asked for. Unknown keys may throw. */
  describe(resource: string): CachedResource;
}

/**
 * The API server's copy of the truth: a ResourceCache for every resource that is asked for, all fed by one reader of
 * the change log, in revision order.
 */
export class WatchCache {
  constructor(private readonly options: WatchCacheOptions) {}

  /** Begins to follow; `preload` are resource keys to read at once. */
  async start(preload: readonly string[] = []): Promise<void> {
    void this.options;
    void preload;
    throw new Error('not yet');
  }

  /** Loads on first use (await ready()). Resources that appear later, from a CRD, are as any other. */
  resource(key: string): ResourceCache {
    throw new Error(`not yet: ${key}`);
  }

  /** Forgets a resource whose definition is gone; its watches end. */
  drop(key: string): void {
    throw new Error(`not yet: ${key}`);
  }

  /** Ends all watches (clients reconnect elsewhere) and stops following. */
  stop(): void {
    throw new Error('not yet');
  }
}
