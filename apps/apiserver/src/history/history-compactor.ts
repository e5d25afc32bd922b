import { Inject, Injectable, OnApplicationShutdown } from '@nestjs/common';
import type { TruthStore } from '@nestor/store';
import { createLogger } from '@nestor/telemetry';
import { WatchCache } from '@nestor/watch';
import { ApiServerConfig } from '../apiserver.config';
import { TRUTH_STORE } from '../apiserver.tokens';

const log = createLogger('history');

/** Drops history nobody can resume from any more. Every replica tries, and learns from the store how far it went. */
@Injectable()
export class HistoryCompactor implements OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  constructor(
    @Inject(TRUTH_STORE) private readonly store: TruthStore,
    @Inject(WatchCache) private readonly cache: WatchCache,
    @Inject(ApiServerConfig) private readonly config: ApiServerConfig,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.compact(), this.config.historyCompactionSeconds * 1000);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async compact(): Promise<void> {
    const { historySeconds, historyRevisions } = this.config;
    try {
      const retention = { keepRevisions: historyRevisions, olderThanMs: historySeconds * 1000 };
      this.cache.compacted(await this.store.compact(retention));
    } catch (error) {
      log.warn({ error }, 'cannot drop old history; the next round tries again');
    }
  }
}
