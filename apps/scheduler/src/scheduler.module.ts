import { DynamicModule, Module } from '@nestjs/common';
import { ClientModule } from '@nestor/client';
import { SchedulerConfig } from './scheduler.config';
import { SchedulerService } from './scheduler.service';

@Module({})
export class SchedulerModule {
  static forRoot(config: SchedulerConfig): DynamicModule {
    return {
      module: SchedulerModule,
      imports: [ClientModule.forConfig(config, 'default-scheduler')],
      providers: [{ provide: SchedulerConfig, useValue: config }, SchedulerService],
    };
  }
}
