import { setTimeout as pause } from 'node:timers/promises';
import {
  compileWebhooks,
  type CompiledWebhook,
  type MatchConditionsCompiler,
  type WebhookSource,
} from '@nestor/admission';
import type { WebhookConfiguration } from '@nestor/api';
import { createLogger } from '@nestor/telemetry';
import type { WatchCache } from '@nestor/watch';

const log = createLogger('webhooks');
const retryMs = 250;

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
  async start(): Promise<void> {
    const resource = this.cache.resource(this.key);
    await resource.ready();
    const refresh = (): void => {
      const configurations = resource.list().items.map((item) => item.object() as unknown as WebhookConfiguration);
      this.webhooks = compileWebhooks(configurations, this.compile);
    };
    refresh();
    const write = (): boolean => {
      refresh();
      return true;
    };
    await resource.watch({}, { write, end: () => void this.startOver() });
  }

  private async startOver(): Promise<void> {
    while (!this.shutdown.aborted) {
      try {
        await this.start();
        return;
      } catch (error) {
        log.warn({ error, resource: this.key }, 'cannot follow webhook configurations; trying again');
        await pause(retryMs);
      }
    }
  }
}
