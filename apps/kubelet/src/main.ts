import { createOnBus } from '@nestor/client';
import { runApp } from '@nestor/telemetry';
import { KubeletConfig } from './kubelet.config';
import { KubeletModule } from './kubelet.module';

void runApp({
  app: 'kubelet',
  about: 'Runs the pods of one node, or of many simulated ones.',
  config: KubeletConfig,
  module: (config) => KubeletModule.forRoot(config),
  create: createOnBus,
});
