import { DynamicModule, Module, ModuleMetadata } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ClientModule } from '@nestor/client';
import { SchedulerConfig } from './scheduler.config';
import { SchedulerService } from './scheduler.service';

/** While many pods are created: with fewer than their creates have, bindings fall behind and wait here. */
const bindingsInFlight = 160;

@Module({})
export class SchedulerModule {
  /** Modules with providers under @SchedulerPlugin bring plugins of their own. */
  static forRoot(config: SchedulerConfig, pluginModules: NonNullable<ModuleMetadata['imports']> = []): DynamicModule {
    return {
      module: SchedulerModule,
      imports: [
        ClientModule.forConfig(config, 'default-scheduler', { maxSockets: bindingsInFlight }),
        DiscoveryModule,
        ...pluginModules,
      ],
      providers: [{ provide: SchedulerConfig, useValue: config }, SchedulerService],
    };
  }
}
