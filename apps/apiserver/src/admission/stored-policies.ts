import type { PolicySource } from '@nestor/admission';
import type { ApiObject } from '@nestor/api';
import { createLogger } from '@nestor/telemetry';
import type { WatchCache } from '@nestor/watch';
import { followResource } from '../registry/follow-resource';

const log = createLogger('policies');

/** The policies of one kind with their bindings, compiled anew whenever one of either is written. */
export class StoredPolicies<Hook> implements PolicySource<Hook> {
  hooks: readonly Hook[] = [];

  constructor(
    private readonly keys: { readonly policies: string; readonly bindings: string },
    private readonly compile: (policies: readonly ApiObject[], bindings: readonly ApiObject[]) => readonly Hook[],
    private readonly cache: WatchCache,
    private readonly shutdown: AbortSignal,
  ) {}

  /** Resolves once everything stored counts. */
  async start(): Promise<void> {
    await Promise.all(Object.values(this.keys).map((key) => this.follow(key)));
  }

  private follow(key: string): Promise<void> {
    const resource = this.cache.resource(key);
    return followResource(resource, {
      begin: () => {
        const { revision } = resource.list();
        this.refresh();
        return { after: revision };
      },
      changed: () => this.refresh(),
      failed: (error) => log.warn({ error, resource: key }, 'cannot follow admission policies; trying again'),
      shutdown: this.shutdown,
    });
  }

  private refresh(): void {
    const all = (key: string): ApiObject[] =>
      this.cache
        .resource(key)
        .list()
        .items.map((item) => item.object() as ApiObject);
    this.hooks = this.compile(all(this.keys.policies), all(this.keys.bindings));
  }
}
