import { createOnBus } from '@nestor/client';
import { runApp } from '@nestor/telemetry';
import { ControllerManagerConfig } from './controller-manager.config';
import { ControllerManagerModule } from './controller-manager.module';

void runApp({
  app: 'controller-manager',
  about: 'Runs the controllers that make the cluster what its objects say.',
  config: ControllerManagerConfig,
  module: (config) => ControllerManagerModule.forRoot(config),
  create: createOnBus,
});
