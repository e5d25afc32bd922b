import { mkdtempSync, writeFileSync } from 'node:fs';
import { Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Node, Pod } from '@nestor/api';
import { KubernetesClient, refs } from '@nestor/client';
import { clusterIdentities } from '@nestor/pki';
import { TestApiServer, TestProcess, eventually, repositoryRoot, startApiServer, startProcess } from '@nestor/testing';

const main = join(repositoryRoot(), 'apps/scheduler/dist/main.js');

let api: TestApiServer;
let client: KubernetesClient;
let extender: Server;
const asked: string[] = [];
const schedulers: TestProcess[] = [];

/** An extender with a say about one resource: it lets pods go to nodes ending in "-far" only. */
async function startExtender(): Promise<number> {
  extender = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      const { nodenames } = JSON.parse(body) as { nodenames: string[] };
      asked.push(request.url ?? '');
      const isFilter = request.url === '/filter';
      const far = nodenames.filter((name) => name.endsWith('-far'));
      const near = nodenames.filter((name) => !name.endsWith('-far'));
      const failedNodes = Object.fromEntries(near.map((name) => [name, 'too near']));
      response.end(
        JSON.stringify(
          isFilter
            ? { nodenames: far, failedNodes }
            : nodenames.map((host) => ({ host, score: host.startsWith('b') ? 10 : 0 })),
        ),
      );
    });
  });
  await new Promise<void>((resolve) => extender.listen(0, '127.0.0.1', resolve));
  return (extender.address() as AddressInfo).port;
}

function configuration(extenderPort: number): string {
  const file = join(mkdtempSync(join(tmpdir(), 'nestor-scheduler-')), 'config.yaml');
  writeFileSync(
    file,
    `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection: {leaseDuration: 3s, renewDeadline: 2s, retryPeriod: 500ms}
profiles:
- schedulerName: default-scheduler
- schedulerName: packer
  pluginConfig:
  - name: NodeResourcesFit
    args: {scoringStrategy: {type: MostAllocated, resources: [{name: cpu, weight: 1}]}}
extenders:
- urlPrefix: http://127.0.0.1:${extenderPort}
  filterVerb: filter
  prioritizeVerb: prioritize
  weight: 5
  nodeCacheCapable: true
  managedResources: [{name: example.com/distance, ignoredByScheduler: true}]
`,
  );
  return file;
}

async function startScheduler(config: string): Promise<void> {
  const kubeconfig = await api.kubeconfigFor(clusterIdentities.scheduler);
  const args = [main, '--kubeconfig', kubeconfig, '--config', config, '--observability-port=0'];
  schedulers.push(startProcess(process.execPath, { args }));
}

async function addNode(name: string, cpu: string, pool: string): Promise<void> {
  const nodes = client.resource(refs.nodes);
  const status: Node['status'] = { allocatable: { cpu, memory: '8Gi', pods: '110', 'example.com/distance': '100' } };
  const created = await nodes.create({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { pool } }, status });
  const ready = await nodes.update({ ...created, spec: { ...created.spec, taints: [] } });
  await nodes.updateStatus({ ...ready, status });
}

async function addPod(name: string, pool: string, cpu: string, over: Record<string, unknown> = {}): Promise<Pod> {
  const { extra, ...spec } = over;
  const requests = { cpu, ...(extra as object | undefined) };
  return client.resource(refs.pods).create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      automountServiceAccountToken: false,
      nodeSelector: { pool },
      containers: [{ name: 'main', image: 'busybox', resources: { requests, limits: (extra as object) ?? {} } }],
      ...spec,
    } as Pod['spec'],
  });
}

const podNamed = (name: string) => client.resource(refs.pods).get(name, 'default');
const nodeOf = async (name: string) => (await podNamed(name)).spec?.nodeName;

beforeAll(async () => {
  api = await startApiServer({});
  client = new KubernetesClient({ kubeconfig: api.adminKubeconfig, component: 'test' });
  await client
    .resource(refs.serviceAccounts)
    .create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } });
  const config = configuration(await startExtender());
  await startScheduler(config);
  await startScheduler(config);
});

afterAll(async () => {
  await Promise.all(schedulers.map((scheduler) => scheduler.stop()));
  client?.close();
  await api?.stop();
  extender?.close();
});

it('preempts: tells the victim why, deletes it, nominates the node and binds when the room is there', async () => {
  await addNode('full', '1', 'preemption');
  await addPod('victim', 'preemption', '1');
  await eventually(async () => expect(await nodeOf('victim')).toBe('full'));
  await addPod('urgent', 'preemption', '1', { priorityClassName: 'system-cluster-critical' });
  await eventually(async () => {
    const { metadata, status } = await podNamed('victim');
    expect(metadata.deletionTimestamp).toBeDefined();
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'PreemptionByScheduler',
        message: 'default-scheduler: preempting to accommodate a higher priority pod',
      }),
    );
    expect((await podNamed('urgent')).status?.nominatedNodeName).toBe('full');
  });
  // Nobody runs the victim here, so nobody ends it.
  await client.resource(refs.pods).delete('victim', 'default', { gracePeriodSeconds: 0 });
  await eventually(async () => expect(await nodeOf('urgent')).toBe('full'));
  const { uid } = (await podNamed('urgent')).metadata;
  await eventually(async () => {
    const { items } = await client.resource(refs.events).list({ namespace: 'default' });
    expect(items).toContainEqual(
      expect.objectContaining({ reason: 'Preempted', message: `Preempted by pod ${uid} on node full` }),
    );
  });
});

it('lets a gang go when all of it has room', async () => {
  await addNode('gang', '3', 'gang');
  await client.resource(refs.podGroups).create({
    apiVersion: 'scheduling.k8s.io/v1alpha2',
    kind: 'PodGroup',
    metadata: { name: 'crew', namespace: 'default' },
    spec: { schedulingPolicy: { gang: { minCount: 3 } } },
  });
  const member = (name: string) => addPod(name, 'gang', '1', { schedulingGroup: { podGroupName: 'crew' } });
  await member('crew-0');
  await member('crew-1');
  await addPod('loner', 'gang', '100m');
  await eventually(async () => expect(await nodeOf('loner')).toBe('gang'));
  expect(await nodeOf('crew-0')).toBeUndefined();
  await member('crew-2');
  // The loner is in the way of the third, and the two others are not bound without it.
  await eventually(async () =>
    expect((await podNamed('crew-2')).status?.conditions).toContainEqual(
      expect.objectContaining({ reason: 'Unschedulable' }),
    ),
  );
  expect([await nodeOf('crew-0'), await nodeOf('crew-1')]).toEqual([undefined, undefined]);
  const scheduled = async () => {
    const { status } = await client.resource(refs.podGroups).get('crew', 'default');
    return status?.conditions?.find(({ type }) => type === 'PodGroupScheduled');
  };
  await eventually(async () =>
    expect(await scheduled()).toMatchObject({
      status: 'False',
      reason: 'Unschedulable',
      message: 'pod group is unschedulable',
      observedGeneration: 1,
    }),
  );
  await client.resource(refs.pods).delete('loner', 'default', { gracePeriodSeconds: 0 });
  await eventually(async () =>
    expect(await Promise.all(['crew-0', 'crew-1', 'crew-2'].map(nodeOf))).toEqual(['gang', 'gang', 'gang']),
  );
  await eventually(async () => expect(await scheduled()).toMatchObject({ status: 'True', reason: 'Scheduled' }));
});

it('asks extenders about the pods that concern them', async () => {
  // A pod on each, so that the scheduler knows them all.
  for (const name of ['a-near', 'a-far', 'b-far']) {
    await addNode(name, '4', 'extended');
    const matchFields = [{ key: 'metadata.name', operator: 'In', values: [name] }];
    const required = { nodeSelectorTerms: [{ matchFields }] };
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
    await addPod(`plain-${name}`, 'extended', '100m', { affinity });
    await eventually(async () => expect(await nodeOf(`plain-${name}`)).toBe(name));
  }
  expect(asked).toEqual([]);
  // More than any node has: the scheduler leaves that to the extender.
  await addPod('extended', 'extended', '100m', { extra: { 'example.com/distance': '1000' } });
  await eventually(async () => expect(await nodeOf('extended')).toBe('b-far'));
  expect(asked).toEqual(['/filter', '/prioritize']);
});

it('packs pods of a profile that says so', async () => {
  for (const name of ['pack-0', 'pack-1']) await addNode(name, '4', 'packing');
  for (let at = 0; at < 4; at++) {
    await addPod(`packed-${at}`, 'packing', '1', { schedulerName: 'packer' });
    await eventually(async () => expect(await nodeOf(`packed-${at}`)).toBeDefined());
  }
  const nodes = await Promise.all([0, 1, 2, 3].map((at) => nodeOf(`packed-${at}`)));
  expect(new Set(nodes).size).toBe(1);
});

it('never overcommits while the leader is killed and nodes come and go', async () => {
  const names = Array.from({ length: 6 }, (_, at) => `busy-${at}`);
  for (const name of names) await addNode(name, '4', 'busy');
  const pods = Promise.all(Array.from({ length: 80 }, (_, at) => addPod(`work-${at}`, 'busy', '500m')));
  await client.resource(refs.nodes).delete('busy-5');
  await Promise.all(schedulers.slice(0, 1).map((scheduler) => scheduler.kill()));
  await pods;
  await client.resource(refs.nodes).delete('busy-4');
  await addNode('busy-late', '4', 'busy');
  const count = async (): Promise<Record<string, number>> => {
    const { items } = await client.resource(refs.pods).list({ namespace: 'default' });
    const counts: Record<string, number> = {};
    for (const { metadata, spec } of items)
      if (metadata.name?.startsWith('work-') && spec?.nodeName)
        counts[spec.nodeName] = (counts[spec.nodeName] ?? 0) + 1;
    return counts;
  };
  // The nodes that are there get full, so nothing was lost, and none ever gets more than it has.
  await eventually(
    async () => {
      const counts = await count();
      for (const taken of Object.values(counts)) expect(taken).toBeLessThanOrEqual(8);
      for (const name of ['busy-0', 'busy-1', 'busy-2', 'busy-3', 'busy-late']) expect(counts[name]).toBe(8);
    },
    { timeoutMs: 90_000 },
  );
});
