import { join } from 'node:path';
import { loadConnection, type Connection } from '@nestor/connection';
import { clusterIdentities } from '@nestor/pki';
import { PostgresServer } from '@nestor/postgres-server';
import {
  freeze,
  hasNatsServer,
  startApiServer,
  startNats,
  startTcpProxy,
  temporaryDirectory,
  type TcpProxy,
  type TestApiServer,
  type TestNats,
} from '@nestor/testing';

/** An API server, and the connections to and from it, each of which can be broken by itself. */
export interface Replica {
  api: TestApiServer;
  fromClients: TcpProxy;
  toPostgres: TcpProxy;
  toNats: TcpProxy | undefined;
  /** Of an administrator, through fromClients. */
  connection: Connection;
  kubeconfig: string;
}

export interface CheckedCluster {
  postgres: RestartablePostgres;
  nats: TestNats | undefined;
  /** What watchers of the bus go through. */
  fromWatchers: TcpProxy | undefined;
  replicas: Replica[];
  databaseUrl: string;
  stop(): Promise<void>;
}

export interface ClusterSettings {
  /** Run in place of apps/apiserver. */
  main?: string;
  /** Lets a test change the database once its tables are there. */
  prepare?(databaseUrl: string): Promise<void>;
  /** History that soon is gone, so that a short run sees it go. */
  shortHistory: boolean;
}

const shortHistory = [
  '--history-seconds=3',
  '--history-revisions=400',
  '--history-partition-revisions=200',
  '--history-compaction-seconds=1',
];

/** Two API servers on one durable Postgres and one NATS. */
export async function startCheckedCluster({
  main,
  prepare,
  shortHistory: short,
}: ClusterSettings): Promise<CheckedCluster> {
  const directory = temporaryDirectory('consistency');
  const stops: (() => Promise<unknown> | void)[] = [() => directory.remove()];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  const proxy = async (port: number) => {
    const made = await startTcpProxy({ port });
    stops.push(() => made.stop());
    return made;
  };
  try {
    const postgres = await RestartablePostgres.start(join(directory.path, 'postgres'));
    stops.push(() => postgres.stop());
    const databaseUrl = await postgres.createDatabase('consistency');
    const nats = hasNatsServer() ? await startNats() : undefined;
    if (nats) stops.push(() => nats.stop());
    const natsPort = nats && Number(new URL(nats.url).port);

    const startReplica = async (first?: Replica): Promise<Replica> => {
      const toPostgres = await proxy(postgres.port);
      const toNats = natsPort ? await proxy(natsPort) : undefined;
      const api = await startApiServer({
        database: withPort(databaseUrl, toPostgres.port),
        ...(toNats && { nats: `nats://127.0.0.1:${toNats.port}` }),
        ...(first && { pki: first.api.pki }),
        ...(main && { main }),
        args: short ? shortHistory : [],
      });
      stops.push(() => api.stop());
      const fromClients = await proxy(api.port);
      const kubeconfig = join(directory.path, `${api.port}.kubeconfig`);
      await api.pki.writeKubeconfig(kubeconfig, clusterIdentities.admin, `https://127.0.0.1:${fromClients.port}`);
      return { api, fromClients, toPostgres, toNats, connection: loadConnection(kubeconfig), kubeconfig };
    };
    const first = await startReplica();
    await prepare?.(databaseUrl);
    const second = await startReplica(first);
    const fromWatchers = natsPort ? await proxy(natsPort) : undefined;
    return { postgres, nats, fromWatchers, replicas: [first, second], databaseUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}

/** Postgres that comes back on the same port and data. */
export class RestartablePostgres {
  private constructor(
    private readonly directory: string,
    private server: PostgresServer,
  ) {}

  static async start(directory: string): Promise<RestartablePostgres> {
    return new RestartablePostgres(directory, await PostgresServer.start({ directory, durable: true }));
  }

  get port(): number {
    return this.server.port;
  }

  createDatabase(name: string): Promise<string> {
    return this.server.createDatabase(name);
  }

  kill(): Promise<void> {
    return this.server.kill();
  }

  async restart(): Promise<void> {
    this.server = await PostgresServer.start({ directory: this.directory, durable: true, port: this.port });
  }

  /** Gives what lets it go on. */
  freeze(): () => void {
    return freeze(this.server.pid);
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}
