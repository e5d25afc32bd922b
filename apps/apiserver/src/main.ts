import { runApp } from '@nestor/telemetry';
import { ApiServerConfig } from './apiserver.config';
import { ApiServerModule } from './apiserver.module';
import { ApiServer } from './apiserver.service';

void runApp({
  app: 'apiserver',
  about: 'Serves the Kubernetes API from Postgres.',
  config: ApiServerConfig,
  module: (config) => ApiServerModule.forRoot(config),
  start: (context) => context.get(ApiServer).start(),
});
