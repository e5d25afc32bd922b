import type { DynamicModule, INestApplicationContext, LoggerService, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import type { BusLink } from '../informer/bus-link';
import { BUS_LINK } from './bus-link.token';
import type { ClientConfig } from './open-nats-bus';
import { WatchBusStrategy } from './watch-bus.strategy';

/**
 * Makes the Nest application of a component (`create` of runApp): with a bus in its configuration a microservice on it,
 * so that any controller's `@EventPattern('nestor.watch.apps.deployments.>')` handlers get watch events in the order of
 * revisions; without one a plain application context, whose informers watch over HTTP. The root module must import
 * ClientModule.
 */
export async function createOnBus(
  module: DynamicModule | Type<unknown>,
  config: ClientConfig,
  logger: LoggerService,
): Promise<INestApplicationContext> {
  const options = { logger, abortOnError: false };
  if (!config.natsUrl) return NestFactory.createApplicationContext(module, options);
  const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(module, {
    ...options,
    inject: [BUS_LINK],
    useFactory: (link: BusLink) => ({ strategy: new WatchBusStrategy(link.bus) }),
  });
  await app.listen();
  return app;
}
