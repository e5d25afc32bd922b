import { Inject, Injectable, OnApplicationShutdown } from '@nestjs/common';
import type { TruthStore } from '@nestor/store';
import { createLogger } from '@nestor/telemetry';
import { BusRelay, NatsBus } from '@nestor/watch';
import { ApiServerConfig } from '../apiserver.config';
import { TRUTH_STORE } from '../apiserver.tokens';
import { BusAccess } from '../bus/bus-access';

const log = createLogger('relay');

/** Relays the change log to NATS, one replica at a time, when a NATS server is configured. */
@Injectable()
export class WatchRelay implements OnApplicationShutdown {
  private bus: NatsBus | undefined;
  private relay: BusRelay | undefined;
  constructor(
    @Inject(TRUTH_STORE) private readonly store: TruthStore,
    @Inject(ApiServerConfig) private readonly config: ApiServerConfig,
    @Inject(BusAccess) private readonly access: BusAccess,
  ) {}

  start(): void {
    const { natsUrl } = this.config;
    if (!natsUrl) return;
    this.bus = new NatsBus(this.access.server(natsUrl));
    this.bus.onState((up) => up && this.access.reconnected());
    this.relay = new BusRelay({
      source: this.store,
      bus: this.bus,
      onError: (error) => log.warn({ error }, 'the relay stumbled and tries again'),
      onLeading: (leading) => log.info({ leading }, leading ? 'relaying watch events' : 'not relaying any more'),
    });
    this.relay.start();
    this.access.start(natsUrl);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.relay?.stop();
    await this.bus?.close();
  }
}
