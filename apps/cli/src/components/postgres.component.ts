import { PostgresServer } from '@nestor/postgres-server';
import type { ClusterPaths } from '../cluster/cluster-paths';
import type { Component } from './component';

export interface PostgresComponent extends Component {
  /** Of the database; known after the first start and the same from then on. */
  url(): string;
}

export function postgresComponent(paths: ClusterPaths): PostgresComponent {
  let url = '';
  let port: number | undefined;
  return {
    name: 'postgres',
    url: () => url,
    start: async () => {
      const server = await PostgresServer.start({ directory: paths.postgres, logFile: paths.log('postgres'), port });
      // The API server was told this port, so a restart must come back on it.
      port = server.port;
      url = await server.createDatabase('nestor');
      const exited = server.exited.then(({ code, signal }) => (signal ? `signal ${signal}` : `exit code ${code}`));
      return { pid: server.pid, exited, stop: () => server.stop() };
    },
  };
}
