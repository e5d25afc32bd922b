import { DynamicModule, Module, ModuleMetadata } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ClientModule } from '@nestor/client';
import { SchedulerConfig } from './scheduler.config';
import { SchedulerService } from './scheduler.service';

@Module({})
export class SchedulerModule {
  /** Modules with providers under @SchedulerPlugin bring plugins of their own. */
  static forRoot(config: SchedulerConfig, pluginModules: NonNullable<ModuleMetadata['imports']> = []): DynamicModule {
    return {
      module: SchedulerModule,
      imports: [ClientModule.forConfig(config, 'default-scheduler'), DiscoveryModule, ...pluginModules],
      providers: [{ provide: SchedulerConfig, useValue: config }, SchedulerService],
    };
  }
}
