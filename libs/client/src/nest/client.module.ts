import { Global, Inject, Injectable, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { Bus } from '@nestor/watch';
import { EventRecorder } from '../events/event-recorder';
import { BusLink } from '../informer/bus-link';
import { InformerFactory } from '../informer/informer-factory';
import { KubernetesClient, type KubernetesClientOptions } from '../kubernetes-client';
import { refs } from '../resources/refs';
import { ServedResources } from '../resources/served-resources';
import { BookmarkController } from './bookmark.controller';
import { BUS_LINK } from './bus-link.token';
import { openNatsBus, type ClientConfig } from './open-nats-bus';

export interface ClientModuleOptions extends KubernetesClientOptions {
  /** Node that events are said to come from (kubelet, kube-proxy). */
  host?: string;
  /** Opens the bus. Absent: informers watch over HTTP. */
  openBus?: (client: KubernetesClient) => Bus | undefined;
}

/** Closes what the module opened, informers first, when Nest shuts down. */
@Injectable()
class ClientLifetime implements OnApplicationShutdown {
  constructor(
    private readonly client: KubernetesClient,
    private readonly informers: InformerFactory,
    private readonly recorder: EventRecorder,
    @Inject(BUS_LINK) private readonly link: BusLink | undefined,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.informers.stop();
    await this.recorder.flush();
    this.link?.close();
    await this.link?.bus.close();
    this.client.close();
  }
}

/** KubernetesClient, InformerFactory, EventRecorder and the bus for every provider of an app. */
@Global()
@Module({})
export class ClientModule {
  /** From an app's configuration (ApiClientConfig of @nestor/config fits). */
  static forConfig(
    config: ClientConfig,
    component: string,
    more: Pick<ClientModuleOptions, 'host' | 'connection' | 'maxSockets'> = {},
  ): DynamicModule {
    const openBus = (client: KubernetesClient) => openNatsBus(config, client);
    return ClientModule.forRoot({ kubeconfig: config.kubeconfig, component, openBus, ...more });
  }

  static forRoot(options: ClientModuleOptions): DynamicModule {
    return {
      module: ClientModule,
      controllers: [BookmarkController],
      providers: [
        { provide: KubernetesClient, useFactory: () => new KubernetesClient(options) },
        {
          provide: BUS_LINK,
          useFactory: (client: KubernetesClient) => {
            const bus = options.openBus?.(client);
            return bus && new BusLink(bus);
          },
          inject: [KubernetesClient],
        },
        {
          provide: InformerFactory,
          useFactory: (client: KubernetesClient, link?: BusLink) =>
            new InformerFactory({ transport: client.transport, link }),
          inject: [KubernetesClient, BUS_LINK],
        },
        {
          provide: EventRecorder,
          useFactory: (client: KubernetesClient) =>
            new EventRecorder({
              events: client.resource(refs.events),
              component: options.component,
              host: options.host,
            }),
          inject: [KubernetesClient],
        },
        ServedResources,
        ClientLifetime,
      ],
      exports: [KubernetesClient, InformerFactory, EventRecorder, ServedResources, BUS_LINK],
    };
  }
}
