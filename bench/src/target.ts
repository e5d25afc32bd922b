import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Pool, type Dispatcher } from 'undici';
import { loadConnection, type Connection } from '@nestor/connection';
import { createClusterPki } from '@nestor/pki';
import { PostgresServer } from '@nestor/postgres-server';
import {
  hasNatsServer,
  startApiServer,
  startTestBus,
  temporaryDirectory,
  type TestApiServer,
  type TestBus,
} from '@nestor/testing';
import { ProcessUsage } from './process-usage';

/** The server that is measured. */
export interface Target {
  connection: Connection;
  usage: ProcessUsage;
  /** Present when the bench started the server itself. */
  own?: { databaseUrl: string; bus: TestBus | undefined; api: TestApiServer };
  client(connections: number): Dispatcher;
  stop(): Promise<void>;
}

/** A server that runs already, Nestor or another. With its pid, and on this machine, its CPU and memory are known. */
export function foreignTarget(kubeconfig: string, pid?: number): Target {
  const connection = loadConnection(kubeconfig);
  return {
    connection,
    usage: new ProcessUsage(() => pid),
    client: (connections) => clientOf(connection, connections),
    stop: () => Promise.resolve(),
  };
}

/**
 * An API server of its own on a durable Postgres that it reaches as in a cluster (by a Unix socket), with NATS where it
 * is installed; `args` are flags for it.
 */
export async function ownTarget(args: readonly string[] = []): Promise<Target> {
  const directory = temporaryDirectory('bench');
  const pki = await createClusterPki({ directory: join(directory.path, 'pki') });
  const postgres = await PostgresServer.start({ directory: directory.path, durable: true, tls: await pki.postgres() });
  const bus = hasNatsServer() ? await startTestBus(pki) : undefined;
  const databaseUrl = await postgres.createDatabase('bench');
  const api = await startApiServer({ database: databaseUrl, pki, args: [...args, ...(bus?.serverFlags ?? [])] });
  const connection = loadConnection(api.adminKubeconfig);
  return {
    connection,
    usage: new ProcessUsage(() => (existsSync(`/proc/${api.pid()}`) ? api.pid() : undefined)),
    own: { databaseUrl, bus, api },
    client: (connections) => clientOf(connection, connections),
    stop: async () => {
      await api.stop();
      await bus?.stop();
      await postgres.stop();
      directory.remove();
    },
  };
}

export function clientOf({ server, ca, cert, key, token, insecure }: Connection, connections: number): Dispatcher {
  const bearer = token?.();
  const pool = new Pool(server, {
    connections,
    pipelining: 1,
    headersTimeout: 120_000,
    bodyTimeout: 0,
    connect: { ca, cert, key, rejectUnauthorized: !insecure },
  });
  if (!bearer) return pool;
  return pool.compose((dispatch) => (options, handler) => {
    const headers = { ...(options.headers as Record<string, string>), authorization: `Bearer ${bearer}` };
    return dispatch({ ...options, headers }, handler);
  });
}
