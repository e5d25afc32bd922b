import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pod } from '@nestor/api';
import { KubernetesClient, refs } from '@nestor/client';
import { clusterIdentities } from '@nestor/pki';
import { TestApiServer, TestProcess, eventually, repositoryRoot, startApiServer, startProcess } from '@nestor/testing';
import { FaultyProxy, startFaultyProxy } from './faulty-proxy';

const main = join(repositoryRoot(), 'apps/scheduler/dist/main.js');
const podsPerNode = 8;
const configuration = join(mkdtempSync(join(tmpdir(), 'nestor-scheduler-')), 'config.yaml');
writeFileSync(
  configuration,
  `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
podMaxBackoffSeconds: 2
leaderElection: {leaseDuration: 3s, renewDeadline: 2s, retryPeriod: 500ms}
`,
);

let api: TestApiServer;
let client: KubernetesClient;
let proxy: FaultyProxy;
let kubeconfig: string;
const schedulers: TestProcess[] = [];

function startScheduler(): TestProcess {
  const args = [main, '--kubeconfig', kubeconfig, '--config', configuration, '--observability-port=0'];
  const started = startProcess(process.execPath, { args });
  schedulers.push(started);
  return started;
}

async function addNode(name: string): Promise<void> {
  const nodes = client.resource(refs.nodes);
  const status = { allocatable: { cpu: '4', memory: '8Gi', pods: '110' } };
  const created = await nodes.create({ apiVersion: 'v1', kind: 'Node', metadata: { name }, status });
  const ready = await nodes.update({ ...created, spec: { ...created.spec, taints: [] } });
  await nodes.updateStatus({ ...ready, status });
}

const addPod = (name: string): Promise<Pod> =>
  client.resource(refs.pods).create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      automountServiceAccountToken: false,
      containers: [{ name: 'main', image: 'busybox', resources: { requests: { cpu: '500m' } } }],
    },
  });

/** Pods by the node they are bound to; '' for none. */
async function boundPods(): Promise<Map<string, string[]>> {
  const { items } = await client.resource(refs.pods).list({ namespace: 'default' });
  const byNode = new Map<string, string[]>();
  for (const { metadata, spec } of items) {
    const node = spec?.nodeName ?? '';
    byNode.set(node, [...(byNode.get(node) ?? []), metadata.name ?? '']);
  }
  return byNode;
}

async function expectNoOvercommit(): Promise<Map<string, string[]>> {
  const byNode = await boundPods();
  for (const [node, pods] of byNode)
    if (node) expect([node, pods.length <= podsPerNode, pods]).toEqual([node, true, pods]);
  return byNode;
}

const troubles = (): number => [...proxy.faults.values()].reduce((sum, count) => sum + count, 0);

/** Repeatable by its seed as far as timing lets it be. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

beforeAll(async () => {
  api = await startApiServer({});
  client = new KubernetesClient({ kubeconfig: api.adminKubeconfig, component: 'test' });
  await client
    .resource(refs.serviceAccounts)
    .create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } });
  const seed = Number(process.env['NESTOR_FAULTS_SEED'] ?? Date.now() % 1_000_000);
  console.log(`NESTOR_FAULTS_SEED=${seed}`);
  const own = await api.kubeconfigFor(clusterIdentities.scheduler);
  proxy = await startFaultyProxy(own, { share: 0.25, random: seeded(seed) });
  kubeconfig = proxy.kubeconfig;
});

afterAll(async () => {
  await Promise.all(schedulers.map((scheduler) => scheduler.stop()));
  client?.close();
  await proxy?.stop();
  await api?.stop();
});

it('binds all that fits, loses none and overcommits no node while requests fail, leaders die and nodes go', async () => {
  for (let at = 0; at < 8; at++) await addNode(`n${at}`);
  startScheduler();
  startScheduler();
  const creating = (async () => {
    for (let at = 0; at < 120; at++) {
      await addPod(`work-${at}`);
      await pause(100);
    }
  })();
  for (let round = 0; round < 3; round++) {
    const before = troubles();
    // A leader has to be at work, in trouble, before it dies.
    await eventually(() => Promise.resolve(expect(troubles()).toBeGreaterThan(before + 60)), { timeoutMs: 90_000 });
    await expectNoOvercommit();
    await client.resource(refs.nodes).delete(`n${round}`);
    await addNode(`late-${round}`);
    await schedulers.shift()?.kill();
    startScheduler();
  }
  await creating;
  await eventually(async () => expect((await expectNoOvercommit()).get('late-2')?.length).toBeGreaterThan(0), {
    timeoutMs: 90_000,
  });
  proxy.heal();
  // 120 pods ask for more than the eight nodes of eight that are left: all of those fill up.
  const left = ['n3', 'n4', 'n5', 'n6', 'n7', 'late-0', 'late-1', 'late-2'];
  await eventually(
    async () => {
      const byNode = await expectNoOvercommit();
      for (const node of left) expect([node, byNode.get(node)?.length]).toEqual([node, podsPerNode]);
    },
    { timeoutMs: 60_000 },
  );
  const byNode = await boundPods();
  expect([...byNode.values()].flat()).toHaveLength(120);
  // All ways to fail have been tried.
  expect(proxy.faults.size).toBe(9);
}, 300_000);
