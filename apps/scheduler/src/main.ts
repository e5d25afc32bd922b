import { createOnBus } from '@nestor/client';
import { runApp } from '@nestor/telemetry';
import { SchedulerConfig } from './scheduler.config';
import { SchedulerModule } from './scheduler.module';

void runApp({
  app: 'scheduler',
  about: 'Binds pods to nodes.',
  config: SchedulerConfig,
  module: (config) => SchedulerModule.forRoot(config),
  create: createOnBus,
});
