import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { nodeFlags } from '@nestor/config';
import { clusterIdentities } from '@nestor/pki';
import { freePort, repositoryRoot, startProcess, type TestProcess } from '@nestor/testing';
import { load, send } from '../load';
import { create } from '../objects';
import { ProcessUsage } from '../process-usage';
import { ownTarget, type Target } from '../target';
import { type PodTemplate, benchNode, benchPod, highPriority, initNamespace, nodeName, podNamespace } from './objects';

const connections = 64;

/** An API server, Postgres and NATS with nodes that exist as objects only, and a scheduler process. */
export class SchedulerCluster {
  private constructor(
    private readonly target: Target,
    readonly client: Dispatcher,
    private readonly scheduler: TestProcess,
    private readonly metricsUrl: string,
  ) {}

  static async start(nodes: number): Promise<SchedulerCluster> {
    const target = await ownTarget();
    try {
      const client = target.client(connections);
      await createNamespaces(client);
      const high = { metadata: { name: 'high' }, value: highPriority };
      await send(client, create('/apis/scheduling.k8s.io/v1/priorityclasses', JSON.stringify(high)));
      await createNodes(client, nodes);
      const port = await freePort();
      const own = target.own!;
      const scheduler = startProcess(process.execPath, {
        args: [
          ...nodeFlags('scheduler'),
          join(repositoryRoot(), 'apps/scheduler/dist/main.js'),
          `--kubeconfig=${await own.api.kubeconfigFor(clusterIdentities.scheduler)}`,
          `--observability-port=${port}`,
          ...(own.bus?.clientFlags ?? []),
        ],
      });
      const cluster = new SchedulerCluster(target, client, scheduler, `http://127.0.0.1:${port}`);
      await cluster.ready();
      return cluster;
    } catch (error) {
      await target.stop();
      throw error;
    }
  }

  get serverUsage(): ProcessUsage {
    return this.target.usage;
  }
  get schedulerUsage(): ProcessUsage {
    return new ProcessUsage(() => this.scheduler.child.pid);
  }

  /** Pods that were bound so far, as the scheduler counts them: asking costs the API server nothing. */
  async bound(): Promise<number> {
    const text = await (await fetch(`${this.metricsUrl}/metrics`)).text();
    let sum = 0;
    for (const [, count] of text.matchAll(/^scheduler_schedule_attempts_total\{[^}]*result="scheduled"[^}]*\} (\d+)/gm))
      sum += Number(count);
    return sum;
  }

  /** Creates pods as fast as they are taken; answers when all have been created, with the number of refusals. */
  async createPods(
    prefix: string,
    namespace: string,
    template: PodTemplate,
    count: number,
    concurrency = connections,
  ): Promise<number> {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const { errors } = await load(this.client, {
      workload: 'create pods',
      concurrency,
      durationMs: Infinity,
      next: (n) =>
        n < count ? create(path, JSON.stringify(benchPod(`${prefix}-${n}`, namespace, template))) : undefined,
    });
    return errors;
  }

  /** Waits until that many pods have been bound; undefined when none was for a minute. */
  async untilBound(count: number): Promise<void> {
    let last = await this.bound();
    let lastAt = performance.now();
    while (last < count) {
      // Asking costs the scheduler milliseconds, so it is asked often only when the last pod is near.
      await pause(Math.min(1000, Math.max(25, (count - last) / 4)));
      const now = await this.bound();
      if (now !== last) lastAt = performance.now();
      else if (performance.now() - lastAt > 60_000)
        throw new Error(`${last} of ${count} pods are bound, and no other was for a minute:\n${this.tail()}`);
      last = now;
    }
  }

  async stop(): Promise<void> {
    await this.scheduler.stop();
    await this.client.close();
    await this.target.stop();
  }

  private async ready(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const answer = await fetch(`${this.metricsUrl}/readyz`).catch(() => undefined);
      if (answer?.ok) return;
      if (attempt > 600) throw new Error(`the scheduler is not ready:\n${this.tail()}`);
      await pause(50);
    }
  }

  private tail(): string {
    return this.scheduler.output().slice(-2000);
  }
}

async function createNamespaces(client: Dispatcher): Promise<void> {
  for (const name of [initNamespace, podNamespace]) {
    await send(client, create('/api/v1/namespaces', JSON.stringify({ metadata: { name } })));
    const account = JSON.stringify({ metadata: { name: 'default' } });
    await send(client, create(`/api/v1/namespaces/${name}/serviceaccounts`, account));
  }
}

/** A node begins tainted as not ready; nobody is there to take the taint away. */
async function createNodes(client: Dispatcher, nodes: number): Promise<void> {
  const patch = (path: string, body: object) =>
    ({ method: 'PATCH', path, body: JSON.stringify(body), contentType: 'application/merge-patch+json' }) as const;
  const steps = [
    (n: number) => create('/api/v1/nodes', JSON.stringify(benchNode(n))),
    (n: number) => patch(`/api/v1/nodes/${nodeName(n)}`, { spec: { taints: null } }),
    (n: number) => patch(`/api/v1/nodes/${nodeName(n)}/status`, { status: benchNode(n).status }),
  ];
  for (const step of steps) {
    const { errors } = await load(client, {
      workload: 'create nodes',
      concurrency: connections,
      durationMs: Infinity,
      next: (n) => (n < nodes ? step(n) : undefined),
    });
    if (errors > 0) throw new Error(`${errors} nodes could not be made`);
  }
}
