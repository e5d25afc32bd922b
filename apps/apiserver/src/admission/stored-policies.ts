import { setTimeout as pause } from 'node:timers/promises';
import type { PolicySource } from '@nestor/admission';
import type { ApiObject } from '@nestor/api';
import { createLogger } from '@nestor/telemetry';
import type { WatchCache } from '@nestor/watch';

const log = createLogger('policies');
const retryMs = 250;

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

  private async follow(key: string): Promise<void> {
    const resource = this.cache.resource(key);
    await resource.ready();
    this.refresh();
    const write = (): boolean => {
      this.refresh();
      return true;
    };
    await resource.watch({}, { write, end: () => void this.startOver(key) });
  }

  private refresh(): void {
    const all = (key: string): ApiObject[] =>
      this.cache
        .resource(key)
        .list()
        .items.map((item) => item.object() as ApiObject);
    this.hooks = this.compile(all(this.keys.policies), all(this.keys.bindings));
  }

  private async startOver(key: string): Promise<void> {
    while (!this.shutdown.aborted) {
      try {
        await this.follow(key);
        return;
      } catch (error) {
        log.warn({ error, resource: key }, 'cannot follow admission policies; trying again');
        await pause(retryMs);
      }
    }
  }
}
