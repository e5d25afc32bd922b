import { followFiles } from '@nestor/config';
import type { ClusterPki } from '@nestor/pki';
import { PostgresServer } from '@nestor/postgres-server';
import { createLogger } from '@nestor/telemetry';
import type { ClusterPaths } from '../cluster/cluster-paths';
import { apiServerLogin, prepareDatabase } from '../cluster/prepare-database';
import type { Component } from './component';

const log = createLogger('postgres');

export interface PostgresComponent extends Component {
  /** For the API server; known after the first start and the same from then on. */
  url(): string;
}

export function postgresComponent(paths: ClusterPaths, pki: ClusterPki): PostgresComponent {
  let url = '';
  let port: number | undefined;
  let prepared = false;
  return {
    name: 'postgres',
    url: () => url,
    start: async () => {
      const server = await startServer(paths, pki, port);
      try {
        // The API server was told this port, so a restart must come back on it.
        port = server.port;
        url = server.url('nestor', apiServerLogin(paths.postgres));
        if (!prepared) await prepareDatabase(await server.createDatabase('nestor'), url);
        prepared = true;
      } catch (error) {
        await server.stop();
        throw error;
      }
      const unfollow = await followCertificate(server, pki);
      const exited = server.exited.then(({ code, signal }) => {
        unfollow();
        return signal ? `signal ${signal}` : `exit code ${code}`;
      });
      return { pid: server.pid, exited, stop: () => server.stop() };
    },
  };
}

export async function startServer(paths: ClusterPaths, pki: ClusterPki, port?: number): Promise<PostgresServer> {
  return PostgresServer.start({
    directory: paths.postgres,
    logFile: paths.log('postgres'),
    tls: await pki.postgres(),
    port,
  });
}

async function followCertificate(server: PostgresServer, pki: ClusterPki): Promise<() => void> {
  const { certificateFile, keyFile } = await pki.postgres();
  return followFiles({
    paths: { cert: certificateFile, key: keyFile },
    changed: () => {
      server.reloadCertificate();
      log.info({ certificateFile }, 'serving with a new certificate');
    },
    failed: (error) => log.warn({ certificateFile, error: error.message }, 'serving with the certificate as before'),
  });
}
