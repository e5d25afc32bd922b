import { runApp } from '@nestor/telemetry';
import { ApiServerConfig } from './apiserver.config';
import { ApiServerModule } from './apiserver.module';
import { ApiServer } from './apiserver.service';
import { ApiServerWorkers } from './workers/api-server-workers';
import { WorkersModule } from './workers/workers.module';

/** The whole process: reads the configuration, serves until a signal. */
export function startApiServer(): Promise<void> {
  return runApp({
    app: 'apiserver',
    about: 'Serves the Kubernetes API from Postgres.',
    config: ApiServerConfig,
    module: (config) => (config.workers > 1 ? WorkersModule : ApiServerModule).forRoot(config),
    start: (context, { workers }) =>
      context.get<ApiServer | ApiServerWorkers>(workers > 1 ? ApiServerWorkers : ApiServer).start(),
  });
}
