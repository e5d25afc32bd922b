import { setTimeout as sleep } from 'node:timers/promises';
import { KubernetesClient } from '@nestor/client';
import { checkHistory } from '../checks/check-history';
import { emptyHistory, type History, type Violation } from '../history';
import { Api, namespace } from './api';
import { startCheckedCluster, type CheckedCluster } from './checked-cluster';
import { runClient } from './clients';
import { faultsOf, runNemesis, type Fault } from './nemesis';
import { Observer } from './observer';
import { runProbes } from './probes';
import { Random } from '@nestor/testing';
import { watchByInformer, watchOverHttp, watchSubject, type Watching } from './watchers';

export interface ConsistencySettings {
  durationMs: number;
  seed: number;
  clients?: number;
  keys?: number;
  /** Those that strike; all of them by default. */
  faults?: (fault: Fault) => boolean;
  /** How long watchers may take to come to the last change once all is well again. */
  settleMs?: number;
  /** Let history go quickly, so that it does within the run. */
  shortHistory?: boolean;
  /** Planted faults: a program in place of the API server, a change of the database. */
  main?: string;
  prepare?: (databaseUrl: string) => Promise<void>;
  tell?: (line: string) => void;
}

export interface ConsistencyResult {
  history: History;
  violations: Violation[];
}

/** Clients, watchers and faults for a while, then judgement. */
export async function runConsistency(settings: ConsistencySettings): Promise<ConsistencyResult> {
  const { main, prepare, shortHistory = false } = settings;
  const cluster = await startCheckedCluster({ main, prepare, shortHistory });
  try {
    const history = await makeHistory(cluster, settings);
    return { history, violations: checkHistory(history) };
  } finally {
    await cluster.stop();
  }
}

async function makeHistory(cluster: CheckedCluster, settings: ConsistencySettings): Promise<History> {
  const {
    durationMs,
    seed,
    clients = 8,
    keys = 8,
    faults = () => true,
    settleMs = 60_000,
    tell = () => undefined,
  } = settings;
  const random = new Random(seed);
  const history = emptyHistory();
  const closers: (() => Promise<void> | void)[] = [];
  const apis = cluster.replicas.map(({ connection }) => new Api(connection));
  const transports = cluster.replicas.map(({ connection }) => {
    const client = new KubernetesClient({ connection, component: 'consistency' });
    closers.push(() => client.close());
    return client.transport;
  });
  closers.push(...apis.map((api) => () => api.close()));
  await apis[0]!.send('POST', '/api/v1/namespaces', { metadata: { name: namespace } });

  const observing = new AbortController();
  const observer = new Observer(cluster.databaseUrl, history);
  const observed = observer.run(observing.signal);
  const running = new AbortController();
  const { signal } = running;
  const watching = await startWatchers(cluster, { transports, random, history }, signal);
  const names = Array.from({ length: keys }, (_, index) => `key-${index}`);
  const began = performance.now();
  const work = [
    ...Array.from({ length: clients }, () => runClient({ apis, keys: names, random, history, signal })),
    runProbes({ transports, observer, random, history, signal }),
    runNemesis({
      faults: faultsOf(cluster).filter(faults),
      random,
      history,
      signal,
      tell: (fault) => tell(`${progress(began, history)}, next: ${fault}`),
    }),
  ];
  await Promise.race([sleep(durationMs), Promise.all(work)]);
  running.abort();
  await Promise.all(work);
  tell(`${progress(began, history)}, all is well again`);
  await settle(apis[0]!, history, watching, performance.now() + settleMs);
  for (const one of watching) await one.stop();
  observing.abort();
  await observed;
  for (const close of closers) await close();
  return history;
}

async function startWatchers(
  { replicas, fromWatchers }: CheckedCluster,
  of: Pick<Parameters<typeof watchOverHttp>[0], 'transports' | 'random' | 'history'>,
  until: AbortSignal,
): Promise<Watching[]> {
  const { history } = of;
  const natsUrl = fromWatchers && `nats://127.0.0.1:${fromWatchers.port}`;
  const watching = [1, 2, 3].map((n) => watchOverHttp({ name: `http-${n}`, ...of }));
  // Its revision may be gone from the history when it comes back.
  watching.push(watchOverHttp({ name: 'http-lazy', lazy: { ms: 15_000, until }, ...of }));
  for (const [index, { kubeconfig }] of replicas.entries()) {
    watching.push(await watchByInformer({ name: `informer-http-${index}`, kubeconfig, history }));
    if (natsUrl) watching.push(await watchByInformer({ name: `informer-bus-${index}`, kubeconfig, natsUrl, history }));
  }
  if (natsUrl) watching.push(await watchSubject('bus', natsUrl, history));
  return watching;
}

/** A last write, so that there is something every watcher has to come to. */
async function settle(api: Api, history: History, watching: readonly Watching[], until: number): Promise<void> {
  const value = 'last';
  const record: History['writes'][number] = {
    ...{ verb: 'create', key: 'last', value, begin: performance.now(), end: Infinity, outcome: 'unknown', code: 0 },
  };
  history.writes.push(record);
  let revision: number | undefined;
  while (performance.now() < until) {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: record.key }, data: { value } };
    const answer = await api.send('POST', `/api/v1/namespaces/${namespace}/configmaps`, body).catch(() => undefined);
    // An answer that was lost may have made it.
    const made =
      answer?.code === 409 ? await api.send('GET', `/api/v1/namespaces/${namespace}/configmaps/last`) : answer;
    revision = made && made.code < 300 ? Number(made.body.metadata.resourceVersion) : undefined;
    if (revision) break;
    await sleep(200);
  }
  Object.assign(record, { end: performance.now(), ...(revision && { outcome: 'done', code: 201, revision }) });
  while (performance.now() < until && watching.some(({ position }) => position < (revision ?? Infinity)))
    await sleep(50);
}

function progress(began: number, { writes, reads, faults }: History): string {
  const seconds = Math.round((performance.now() - began) / 1000);
  return `${seconds} s, ${writes.length} writes, ${reads.length} reads, ${faults.length} faults`;
}
