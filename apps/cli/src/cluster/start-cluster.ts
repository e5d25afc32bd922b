import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureBusTrust } from '@nestor/bus-auth';
import { clusterIdentities, createClusterPki } from '@nestor/pki';
import {
  type BusPlace,
  apiServer,
  controllerManager,
  kubeProxy,
  scheduler,
  type ClusterContext,
} from '../components/control-plane.components';
import type { Component } from '../components/component';
import { busInThisProcess, natsServer } from '../components/nats.component';
import { containerd, kubelet, simulatedNodes } from '../components/node.components';
import { postgresComponent } from '../components/postgres.component';
import { Supervisor } from '../components/supervisor';
import { inUrl, machineAddress } from './addresses';
import { ApiConnection } from './api-connection';
import { chooseRuntime } from './choose-runtime';
import type { ClusterPaths } from './cluster-paths';
import { identify, writeState } from './cluster-state';
import { removePods, removeContainerLeftovers } from './container-cleanup';
import { ensureDefaultStorageClass } from './default-storage-class';
import { findProgram } from './find-program';
import { ensureNodeBootstrap } from './node-bootstrap';
import { freePort, portProblem } from './ports';
import type { Progress } from './progress';
import { keepCertificatesFresh } from './renew-certificates';
import type { Running } from './run-supervised';
import { stopLeftovers } from './stop-leftovers';
import type { UpConfig } from './up.config';

interface Plan {
  runtime: 'containerd' | 'sim';
  /** The node with real containers. */
  nodeName: string;
  simulated: number;
}

/** Starts a whole cluster in the order its parts need each other. What was started is stopped when a step fails. */
export async function startCluster(config: UpConfig, paths: ClusterPaths, progress: Progress): Promise<Running> {
  paths.create();
  const leftovers = await stopLeftovers(paths);
  if (leftovers.length) progress.say(`  ended what an earlier run left behind: ${leftovers.join(', ')}`);

  const { runtime: wanted, natsUrl } = config;
  const runtime = await chooseRuntime({ runtime: wanted, wantsNats: !natsUrl }, progress);
  const nodeName = (config.nodeName ?? hostname()).toLowerCase();
  const plan: Plan = { runtime, nodeName, simulated: config.nodes ?? (runtime === 'sim' ? 1 : 0) };
  const bindAddress = config.bindAddress ?? (runtime === 'sim' ? '127.0.0.1' : '0.0.0.0');
  const problem = await portProblem(config.port, bindAddress);
  if (problem) throw new Error(problem);

  const supervisor = new Supervisor((components) =>
    writeState(paths, { supervisor: identify(process.pid), port: config.port, runtime, components }),
  );
  const stops: Starting['stops'] = [];
  const stop = async () => {
    for (const end of stops) end();
    await supervisor.stop(async (stopped) => {
      // Between the kubelet, which would start them again, and containerd, which knows how to end them.
      if (stopped === 'kubelet') await removePods(paths.containerdSocket).catch(() => undefined);
    });
    if (runtime === 'containerd') await removeContainerLeftovers(paths);
  };
  try {
    await startAll(config, paths, progress, { plan, bindAddress, supervisor, stops });
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

interface Starting {
  plan: Plan;
  bindAddress: string;
  supervisor: Supervisor;
  /** What else runs with the cluster, to be ended before its components. */
  stops: (() => void)[];
}

async function startAll(config: UpConfig, paths: ClusterPaths, progress: Progress, starting: Starting): Promise<void> {
  const { plan, bindAddress, supervisor } = starting;
  const advertiseAddress = config.advertiseAddress ?? (bindAddress === '127.0.0.1' ? bindAddress : machineAddress());
  const pki = await progress.step('certificates', () =>
    createClusterPki({
      directory: paths.pki,
      serverNames: [hostname(), advertiseAddress, ...config.apiserverCertExtraSans],
      validSeconds: config.certificateValidityPeriod,
    }),
  );
  starting.stops.push(keepCertificatesFresh(pki, paths.kubeconfig, config.certificateValidityPeriod));
  const api = new ApiConnection(config.port, pki.caFile, await pki.client(clusterIdentities.admin));

  let databaseUrl = () => config.databaseUrl ?? '';
  if (!config.databaseUrl) {
    const postgres = postgresComponent(paths, pki);
    const first = !existsSync(paths.postgres);
    await progress.step(first ? 'create and start Postgres' : 'start Postgres', () => supervisor.start(postgres));
    databaseUrl = postgres.url;
  }
  const bus = await startBus(config, { paths, pki }, progress, supervisor);
  const context: ClusterContext = {
    paths,
    pki,
    api,
    apiPort: config.port,
    bindAddress,
    advertiseAddress,
    databaseUrl,
    bus,
    tracing: config.tracing,
  };
  await progress.step('start the API server', () => supervisor.start(apiServer(context)));
  await pki.writeKubeconfig(paths.kubeconfig, clusterIdentities.admin, `https://127.0.0.1:${config.port}`);
  const publicServer = `https://${inUrl(advertiseAddress)}:${config.port}`;
  await progress.step('what joining nodes need', () =>
    ensureNodeBootstrap(api, publicServer, readFileSync(pki.caFile, 'utf8')),
  );

  if (plan.runtime === 'containerd') {
    await progress.step('start containerd', () => supervisor.start(containerd(paths)));
  }
  const components = [
    scheduler(context),
    controllerManager(context, config.clusterSigningDuration),
    kubeProxy(context, plan.nodeName, plan.runtime === 'containerd' ? 'iptables' : 'none'),
  ];
  if (plan.runtime === 'containerd') components.push(kubelet(context, plan.nodeName));
  if (plan.simulated > 0) components.push(simulatedNodes(context, plan.simulated));
  await progress.step(`start ${components.map(({ name }) => name).join(', ')}`, () =>
    startTogether(supervisor, components),
  );
  const expected = plan.simulated + (plan.runtime === 'containerd' ? 1 : 0);
  await progress.step('default storage class', () => ensureDefaultStorageClass(api));
  await progress.step(`${expected} ${expected === 1 ? 'node' : 'nodes'} ready`, () => nodesReady(api, expected));
}

async function startBus(
  config: UpConfig,
  { paths, pki }: Pick<ClusterContext, 'paths' | 'pki'>,
  progress: Progress,
  supervisor: Supervisor,
): Promise<BusPlace> {
  const { natsUrl: url, natsCaFile: caFile, natsIssuerFile, natsInsecure: insecure } = config;
  if (url && !natsIssuerFile && !insecure) {
    throw new Error('--nats-url needs --nats-issuer-file, or, for development, --nats-insecure');
  }
  if (url) return { url, caFile, issuerFile: natsIssuerFile, insecure };
  const port = await freePort();
  const { trust, issuerFile } = ensureBusTrust(paths.pki);
  const settings = { paths, pki, port, trust };
  const program = findProgram('nats-server');
  if (program) {
    await progress.step('start NATS', () => supervisor.start(natsServer({ program, ...settings })));
  } else {
    await progress.step('start a bus for watch events in this process (nats-server is not installed)', () =>
      supervisor.start(busInThisProcess(settings)),
    );
  }
  return { url: `tls://127.0.0.1:${port}`, caFile: pki.caFile, issuerFile, insecure: false };
}

/** All have come up or failed when this ends, so that none is still on its way when the others are stopped. */
async function startTogether(supervisor: Supervisor, components: readonly Component[]): Promise<void> {
  const results = await Promise.allSettled(components.map((component) => supervisor.start(component)));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

async function nodesReady(api: ApiConnection, expected: number): Promise<void> {
  const deadline = Date.now() + 60_000 + expected * 100;
  for (;;) {
    const ready = await api.readyNodes();
    if (ready >= expected) return;
    if (Date.now() > deadline) throw new Error(`only ${ready} of ${expected} nodes became ready`);
    await sleep(100);
  }
}
