import { performance } from 'node:perf_hooks';
import { setInterval as ticks, setTimeout as pause } from 'node:timers/promises';
import { type Measurement, quantile } from '../measurement';
import { create } from '../objects';
import { getText, send } from '../load';
import { benchNode, benchPod, initNamespace, podNamespace, templates } from './objects';
import { SchedulerCluster } from './scheduler-cluster';
import { type SchedulerWorkload, podsOf } from './workloads';

/** Pods a second from the first create to the last binding, with everything on this machine. */
export async function measureEndToEnd(
  name: string,
  workload: SchedulerWorkload,
  nodes: number,
  asked: number,
): Promise<Measurement> {
  const cluster = await SchedulerCluster.start(nodes);
  const stop = new AbortController();
  try {
    const { init, impossible = 0, churnMs } = workload;
    const before = init?.count(nodes) ?? 0;
    if (init) await cluster.createPods('init', initNamespace, init.template, before);
    await cluster.untilBound(before);
    if (impossible > 0) await cluster.createPods('impossible', podNamespace, templates.impossible, impossible);
    const churning = churnMs ? churn(cluster, churnMs, stop.signal) : undefined;
    const count = podsOf(workload, nodes, asked);
    const base = await cluster.bound();
    const usages = [cluster.serverUsage, cluster.schedulerUsage];
    const cpu = usages.map((usage) => usage.cpuMicros() ?? 0);
    const began = performance.now();
    const [errors] = await Promise.all([
      cluster.createPods('measured', podNamespace, workload.template, count),
      cluster.untilBound(base + count),
    ]);
    const seconds = (performance.now() - began) / 1000;
    const [server = 0, scheduler = 0] = usages.map((usage, at) => ((usage.cpuMicros() ?? 0) - (cpu[at] ?? 0)) / count);
    stop.abort();
    await churning;
    return {
      workload: `end to end: ${name}`,
      parameters: { nodes, pods: count },
      perSecond: count / seconds,
      serverCpuMicros: server,
      more: { schedulerCpuMicros: scheduler, schedulerRssMiB: cluster.schedulerUsage.rssMiB() ?? 0 },
      errors,
    };
  } finally {
    stop.abort();
    await cluster.stop();
  }
}

/** Nodes, pods and services come and go while others are measured. */
async function churn(cluster: SchedulerCluster, everyMs: number, signal: AbortSignal): Promise<void> {
  const { client } = cluster;
  for (let round = 0; !signal.aborted; round++) {
    const pod = benchPod(`churn-${round}`, podNamespace, templates.impossible);
    const service = { metadata: { name: `churn-${round}` }, spec: { ports: [{ port: 80 }] } };
    await send(client, create('/api/v1/nodes', JSON.stringify(benchNode(1_000_000 + round))));
    await send(client, create(`/api/v1/namespaces/${podNamespace}/pods`, JSON.stringify(pod)));
    await send(client, create(`/api/v1/namespaces/${podNamespace}/services`, JSON.stringify(service)));
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
    await send(client, { method: 'DELETE', path: `/api/v1/nodes/${benchNode(1_000_000 + round).metadata.name}` });
    await send(client, { method: 'DELETE', path: `/api/v1/namespaces/${podNamespace}/pods/churn-${round}` });
    await send(client, { method: 'DELETE', path: `/api/v1/namespaces/${podNamespace}/services/churn-${round}` });
  }
}

const perSecond = 100;

/** From the request that creates a pod to its binding, with a hundred pods a second coming in. */
export async function measureLatency(nodes: number, seconds: number): Promise<Measurement> {
  const cluster = await SchedulerCluster.start(nodes);
  try {
    const path = `/api/v1/namespaces/${podNamespace}/pods`;
    const total = perSecond * seconds;
    const asked = new Map<string, number>();
    const latencies: number[] = [];
    const stop = new AbortController();
    const bindings = followBindings(cluster, path, stop.signal, (name) => {
      const at = asked.get(name);
      if (at === undefined) return;
      asked.delete(name);
      latencies.push(performance.now() - at);
    });
    const pending: Promise<{ code: number }>[] = [];
    let made = 0;
    for await (const _ of ticks(1000 / perSecond)) {
      const name = `paced-${made}`;
      asked.set(name, performance.now());
      pending.push(send(cluster.client, create(path, JSON.stringify(benchPod(name, podNamespace, templates.basic)))));
      if (++made === total) break;
    }
    const errors = (await Promise.all(pending)).filter(({ code }) => code >= 400).length;
    await cluster.untilBound(total - errors);
    await pause(500);
    stop.abort();
    await bindings;
    return {
      workload: 'latency: basic',
      parameters: { nodes, podsPerSecond: perSecond },
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
      more: { pods: latencies.length, maxMs: Math.max(0, ...latencies) },
      errors: errors + asked.size,
    };
  } finally {
    await cluster.stop();
  }
}

/** Calls `bound` for each pod that a watch shows with a node for the first time. */
async function followBindings(
  { client }: SchedulerCluster,
  path: string,
  signal: AbortSignal,
  bound: (name: string) => void,
): Promise<void> {
  const { metadata } = JSON.parse(await getText(client, `${path}?limit=1`)) as {
    metadata: { resourceVersion: string };
  };
  const query = `?watch=1&resourceVersion=${metadata.resourceVersion}`;
  try {
    const { body } = await client.request({ method: 'GET', path: path + query, signal });
    let rest = '';
    for await (const part of body) {
      const lines = (rest + (part as Buffer).toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { object } = JSON.parse(line) as { object: { metadata: { name: string }; spec: { nodeName?: string } } };
        if (object.spec.nodeName) bound(object.metadata.name);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
