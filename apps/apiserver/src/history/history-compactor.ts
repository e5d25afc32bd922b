import { Inject, Injectable, OnApplicationShutdown } from '@nestjs/common';
import type { TruthStore } from '@nestor/store';
import { createLogger } from '@nestor/telemetry';
import { ApiServerConfig } from '../apiserver.config';
import { TRUTH_STORE } from '../apiserver.tokens';

const everyMs = 60_000;
const log = createLogger('history');

/** Drops history nobody can resume from any more. Every replica tries; the store makes the second try a cheap no-op. */
@Injectable()
export class HistoryCompactor implements OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  constructor(
    @Inject(TRUTH_STORE) private readonly store: TruthStore,
    @Inject(ApiServerConfig) private readonly config: ApiServerConfig,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.compact(), everyMs);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async compact(): Promise<void> {
    const { historySeconds, historyRevisions } = this.config;
    try {
      await this.store.compact({ keepRevisions: historyRevisions, olderThanMs: historySeconds * 1000 });
    } catch (error) {
      log.warn({ error }, 'cannot drop old history; the next round tries again');
    }
  }
}
