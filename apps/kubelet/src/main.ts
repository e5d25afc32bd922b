import { createOnBus } from '@nestor/client';
import { runApp } from '@nestor/telemetry';
import { clientConnection } from './certificates/client-connection';
import { KubeletConfig } from './kubelet.config';
import { KubeletModule } from './kubelet.module';

void runApp({
  app: 'kubelet',
  about: 'Runs the pods of one node, or of many simulated ones.',
  config: KubeletConfig,
  module: async (config) => KubeletModule.forRoot(config, await clientConnection(config)),
  create: createOnBus,
});
