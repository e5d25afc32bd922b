import { existsSync } from 'node:fs';
import { request } from 'node:https';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeEnvironment, nodeFlags } from '@nestor/config';
import { clusterIdentities, createClusterPki, frontProxyName, type ClusterPki, type Identity } from '@nestor/pki';
import { eventually } from './eventually';
import { freePort } from './free-port';
import { repositoryRoot } from './repository-root';
import { temporaryDirectory } from './temporary-directory';
import { startTestPostgres } from './test-postgres';
import { startProcess, type TestProcess } from './test-process';

export interface ApiServerSettings {
  /** The URL of a database; a fresh one by default. */
  database?: string;
  /** The URL of a NATS server that asks for no credentials; none by default. For one that does: flags of startTestBus. */
  nats?: string;
  /** Writes spans to this file. */
  tracing?: string;
  /** More flags for the process. */
  args?: readonly string[];
  /** Certificates to go on with, for a second API server of the same cluster. */
  pki?: ClusterPki;
  port?: number;
  /** A program to run in the place of apps/apiserver, for tests that plant a fault in it. */
  main?: string;
}

export interface TestApiServer {
  url: string;
  port: number;
  databaseUrl: string;
  caFile: string;
  pki: ClusterPki;
  /** The path of a kubeconfig for system:masters. */
  adminKubeconfig: string;
  kubeconfigFor(identity: Identity): Promise<string>;
  output(): string;
  pid(): number;
  stop(): Promise<void>;
  /** kill -9. `restart` brings it back on the same port and data. */
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** Starts apps/apiserver as a process of its own, as built. */
export async function startApiServer(settings: ApiServerSettings = {}): Promise<TestApiServer> {
  const main = settings.main ?? join(repositoryRoot(), 'apps', 'apiserver', 'dist', 'main.js');
  if (!existsSync(main)) throw new Error('the API server is not built: npx nx run-many -t build');
  const directory = temporaryDirectory('apiserver');
  const [pki, database] = await Promise.all([
    settings.pki ?? createClusterPki({ directory: join(directory.path, 'pki') }),
    settings.database ? undefined : startTestPostgres(),
  ]);
  const databaseUrl = settings.database ?? database!.url;
  const port = settings.port ?? (await freePort());
  const url = `https://127.0.0.1:${port}`;
  const kubeconfigFor = async (identity: Identity) => {
    const path = join(directory.path, `${identity.file}.kubeconfig`);
    await pki.writeKubeconfig(path, identity, url);
    return path;
  };
  const args = [main, ...(await apiServerFlags(pki, { port, databaseUrl })), ...natsFlags(settings)];
  if (settings.tracing) args.push('--tracing-file', settings.tracing);
  args.push(...(settings.args ?? []));

  let server!: TestProcess;
  const start = async () => {
    server = startProcess(process.execPath, {
      args: [...nodeFlags('apiserver'), ...args],
      env: nodeEnvironment('apiserver'),
    });
    await untilReady(server, url, pki);
  };
  const cleanUp = async () => {
    await database?.stop();
    directory.remove();
  };
  try {
    await start();
  } catch (error) {
    await server?.kill();
    await cleanUp();
    throw error;
  }
  return {
    url,
    port,
    databaseUrl,
    caFile: pki.caFile,
    pki,
    adminKubeconfig: await kubeconfigFor(clusterIdentities.admin),
    kubeconfigFor,
    output: () => server.output(),
    pid: () => server.child.pid!,
    stop: async () => {
      await server.stop();
      await cleanUp();
    },
    kill: () => server.kill(),
    restart: start,
  };
}

async function apiServerFlags(pki: ClusterPki, to: { port: number; databaseUrl: string }): Promise<string[]> {
  const serving = await pki.server('apiserver', ['127.0.0.1']);
  const kubeletClient = await pki.client(clusterIdentities.kubeletClient);
  const frontProxy = await pki.frontProxy();
  return Object.entries({
    'bind-address': '127.0.0.1',
    port: String(to.port),
    'database-url': to.databaseUrl,
    'tls-cert-file': serving.certificateFile,
    'tls-private-key-file': serving.keyFile,
    'client-ca-file': pki.caFile,
    'service-account-signing-key-file': pki.serviceAccountKeyFile,
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'kubelet-client-certificate': kubeletClient.certificateFile,
    'kubelet-client-key': kubeletClient.keyFile,
    'kubelet-certificate-authority': pki.caFile,
    'proxy-client-cert-file': frontProxy.certificateFile,
    'proxy-client-key-file': frontProxy.keyFile,
    'requestheader-client-ca-file': frontProxy.caFile,
    'requestheader-allowed-names': frontProxyName,
    'observability-port': '0',
  }).map(([name, value]) => `--${name}=${value}`);
}

function natsFlags({ nats }: ApiServerSettings): string[] {
  return nats ? [`--nats-url=${nats}`, '--nats-insecure=true'] : [];
}

async function untilReady(server: TestProcess, url: string, pki: ClusterPki): Promise<void> {
  let ended = false;
  void server.exited.then(() => (ended = true));
  const ca = readFileSync(pki.caFile);
  await eventually(
    async () => {
      if (ended) return;
      const status = await getStatus(`${url}/readyz`, ca);
      if (status !== 200) throw new Error(`/readyz answers ${status}\n${server.output().slice(-4000)}`);
    },
    { timeoutMs: 60_000, intervalMs: 10 },
  );
  if (ended) throw new Error(`the API server ended: ${server.output().slice(-4000)}`);
}

function getStatus(url: string, ca: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ca, timeout: 5000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', reject).end();
  });
}
