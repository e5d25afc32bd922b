import {
  compileWebhooks,
  type CompiledWebhook,
  type MatchConditionsCompiler,
  type WebhookSource,
} from '@nestor/admission';
import type { WebhookConfiguration } from '@nestor/api';
import { createLogger } from '@nestor/telemetry';
import type { WatchCache } from '@nestor/watch';
import { followResource } from '../registry/follow-resource';

const log = createLogger('webhooks');

/** The webhooks of one kind of configuration, compiled anew whenever one is written. */
export class StoredWebhooks implements WebhookSource {
  webhooks: readonly CompiledWebhook[] = [];

  constructor(
    private readonly key: string,
    private readonly cache: WatchCache,
    private readonly compile: MatchConditionsCompiler,
    private readonly shutdown: AbortSignal,
  ) {}

  /** Resolves once everything stored counts. */
  start(): Promise<void> {
    const resource = this.cache.resource(this.key);
    const refresh = (): { after: number } => {
      const { items, revision } = resource.list();
      const configurations = items.map((item) => item.object() as unknown as WebhookConfiguration);
      this.webhooks = compileWebhooks(configurations, this.compile);
      return { after: revision };
    };
    return followResource(resource, {
      begin: refresh,
      changed: refresh,
      failed: (error) => log.warn({ error, resource: this.key }, 'cannot follow webhook configurations; trying again'),
      shutdown: this.shutdown,
    });
  }
}
