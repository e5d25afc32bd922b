import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import type { TestCluster } from '@nestor/testing';
import { getText, load, send } from '../load';
import type { Measurement } from '../measurement';
import { create } from '../objects';
import { memoryOf, usageOf } from './cluster-usage';
import { anyObject, deployment, namespace } from './objects';

export interface ClusterContext {
  cluster: TestCluster;
  client: Dispatcher;
  nodes: number;
  /** 1 for the full run, less for one that shows that everything works. */
  share: number;
}

export interface ClusterWorkload {
  nodes: number;
  run(context: ClusterContext): Promise<Measurement>;
}

const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
const patienceMs = 300_000;

/** How long until `isDone`, looked at again and again; rejects when that takes too long. */
async function seconds(began: number, isDone: () => Promise<boolean>): Promise<number> {
  while (!(await isDone())) {
    if (performance.now() - began > patienceMs) throw new Error(`not done after ${patienceMs / 1000} s`);
    await pause(200);
  }
  return (performance.now() - began) / 1000;
}

async function makeNamespace({ client }: ClusterContext): Promise<void> {
  await send(client, create('/api/v1/namespaces', JSON.stringify({ metadata: { name: namespace } })));
  const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
  await seconds(performance.now(), async () => (await send(client, { method: 'GET', path: account })).code === 200);
}

interface DeploymentList {
  items: { metadata: { generation: number }; status: { readyReplicas?: number; observedGeneration?: number } }[];
}

/** One Deployment from 0 to 10,000 pods. */
async function scaleUp(context: ClusterContext): Promise<Measurement> {
  const { cluster, client, nodes, share } = context;
  const pods = Math.round(10_000 * share);
  await makeNamespace(context);
  await send(client, create(deployments, deployment('many', 0)));
  const began = performance.now();
  await send(client, {
    method: 'PATCH',
    path: `${deployments}/many`,
    body: JSON.stringify({ spec: { replicas: pods } }),
    contentType: 'application/merge-patch+json',
  });
  const took = await seconds(began, async () => {
    const { status } = JSON.parse(await getText(client, `${deployments}/many`)) as DeploymentList['items'][number];
    return status.readyReplicas === pods;
  });
  return result('deployment scaled up', { nodes, pods }, pods, took, memoryOf(cluster));
}

/** 1,000 Deployments of 3, created as fast as they are taken. */
async function manyDeployments(context: ClusterContext): Promise<Measurement> {
  const { cluster, client, nodes, share } = context;
  const count = Math.round(1000 * share);
  await makeNamespace(context);
  const began = performance.now();
  const { errors } = await load(client, {
    workload: 'create deployments',
    concurrency: 16,
    durationMs: Infinity,
    next: (n) => (n < count ? create(deployments, deployment(`deployment-${n}`, 3)) : undefined),
  });
  const took = await seconds(began, async () => {
    const { items } = JSON.parse(await getText(client, deployments)) as DeploymentList;
    return items.every(
      ({ metadata, status }) => status.readyReplicas === 3 && status.observedGeneration === metadata.generation,
    );
  });
  return { ...result('deployments of 3', { nodes, deployments: count }, count, took, memoryOf(cluster)), errors };
}

/** From the delete of a namespace with 10,000 objects of six kinds to its end. */
async function deleteNamespace(context: ClusterContext): Promise<Measurement> {
  const { cluster, client, nodes, share } = context;
  const count = Math.round(10_000 * share);
  await makeNamespace(context);
  const { errors } = await load(client, {
    workload: 'create objects',
    concurrency: 16,
    durationMs: Infinity,
    next: (n) => {
      if (n >= count) return undefined;
      const { path, body } = anyObject(n);
      return create(path, body);
    },
  });
  const began = performance.now();
  const path = `/api/v1/namespaces/${namespace}`;
  await send(client, { method: 'DELETE', path });
  const took = await seconds(began, async () => (await send(client, { method: 'GET', path })).code === 404);
  return { ...result('namespace deleted', { nodes, objects: count }, count, took, memoryOf(cluster)), errors };
}

/** What nodes cost that do nothing: leases and status. */
async function idleNodes({ cluster, nodes, share }: ClusterContext): Promise<Measurement> {
  const settle = 20_000 * share;
  const span = 60_000 * share;
  await pause(settle);
  const before = usageOf(cluster);
  await pause(span);
  const after = usageOf(cluster);
  const more: Record<string, number> = {};
  for (const [name, { cpuSeconds, rssMiB }] of Object.entries(after)) {
    const spent = cpuSeconds - (before[name]?.cpuSeconds ?? 0);
    more[`${name}MicrosPerNodeSecond`] = (spent * 1e6) / nodes / (span / 1000);
    more[`${name}MiB`] = rssMiB;
  }
  return { workload: 'idle nodes', parameters: { nodes }, more, errors: 0 };
}

function result(
  workload: string,
  parameters: Measurement['parameters'],
  count: number,
  took: number,
  more: Record<string, number>,
): Measurement {
  return { workload, parameters, perSecond: count / took, more: { seconds: took, ...more }, errors: 0 };
}

export const clusterWorkloads: Readonly<Record<string, ClusterWorkload>> = {
  'scale up': { nodes: 200, run: scaleUp },
  deployments: { nodes: 200, run: manyDeployments },
  namespace: { nodes: 3, run: deleteNamespace },
  'idle nodes': { nodes: 5000, run: idleNodes },
};
