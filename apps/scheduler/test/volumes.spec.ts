import 'reflect-metadata';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '@nestor/api';
import { ClientModule, KubernetesClient, refs } from '@nestor/client';
import { ControllerKitModule } from '@nestor/controller-kit';
import { PersistentVolumeModule } from '@nestor/controllers-persistent-volume';
import { clusterIdentities } from '@nestor/pki';
import { TestApiServer, TestProcess, eventually, repositoryRoot, startApiServer, startProcess } from '@nestor/testing';

const main = join(repositoryRoot(), 'apps/scheduler/dist/main.js');

let api: TestApiServer;
let client: KubernetesClient;
let scheduler: TestProcess;
/** The binder, as the controller manager runs it. */
let binder: INestApplicationContext;

function schedulerConfiguration(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'nestor-scheduler-')), 'config.yaml');
  writeFileSync(
    file,
    `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection: {leaseDuration: 3s, renewDeadline: 2s, retryPeriod: 500ms}
profiles:
- pluginConfig:
  - name: VolumeBinding
    args: {bindTimeoutSeconds: 60}
`,
  );
  return file;
}

async function startBinder(): Promise<INestApplicationContext> {
  class BinderModule {}
  const kubeconfig = await api.kubeconfigFor(clusterIdentities.controllerManager);
  const imports = [
    ClientModule.forRoot({ kubeconfig, component: 'binder' }),
    ControllerKitModule.forRoot(),
    PersistentVolumeModule.forRoot(),
  ];
  return NestFactory.createApplicationContext({ module: BinderModule, imports }, { logger: false });
}

async function addNode(name: string): Promise<void> {
  const nodes = client.resource(refs.nodes);
  const status: Node['status'] = { allocatable: { cpu: '4', memory: '8Gi', pods: '110' } };
  const metadata = { name, labels: { 'kubernetes.io/hostname': name } };
  const created = await nodes.create({ apiVersion: 'v1', kind: 'Node', metadata, status });
  const ready = await nodes.update({ ...created, spec: { ...created.spec, taints: [] } });
  await nodes.updateStatus({ ...ready, status });
}

function addPod(name: string, ...claims: string[]): Promise<Pod> {
  return client.resource(refs.pods).create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      automountServiceAccountToken: false,
      containers: [{ name: 'main', image: 'busybox' }],
      volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
    },
  });
}

function addClaim(name: string, storageClassName: string, over: Partial<PersistentVolumeClaim['spec']> = {}) {
  return client.resource(refs.persistentVolumeClaims).create({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName,
      ...over,
    },
  });
}

function addVolume(name: string, storageClassName: string, node: string, over: object = {}): Promise<PersistentVolume> {
  return client.resource(refs.persistentVolumes).create({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '2Gi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName,
      local: { path: '/mnt/disk' },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] },
          ],
        },
      },
      ...over,
    },
  });
}

function addClass(name: string, provisioner: string, volumeBindingMode: string) {
  return client.resource(refs.storageClasses).create({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner,
    volumeBindingMode,
  });
}

const podNamed = (name: string) => client.resource(refs.pods).get(name, 'default');
const claimNamed = (name: string) => client.resource(refs.persistentVolumeClaims).get(name, 'default');
const nodeOf = async (name: string) => (await podNamed(name)).spec?.nodeName;

function isRefused(name: string, message: string): Promise<unknown> {
  return eventually(async () =>
    expect((await podNamed(name)).status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }),
    ),
  );
}

const notHelpful = 'preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.';

beforeAll(async () => {
  api = await startApiServer({});
  client = new KubernetesClient({ kubeconfig: api.adminKubeconfig, component: 'test' });
  await client
    .resource(refs.serviceAccounts)
    .create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } });
  for (const name of ['a', 'b', 'c']) await addNode(name);
  await addClass('local', 'kubernetes.io/no-provisioner', 'WaitForFirstConsumer');
  await addClass('made', 'example.com/made', 'WaitForFirstConsumer');
  await addClass('now', 'kubernetes.io/no-provisioner', 'Immediate');
  binder = await startBinder();
  const kubeconfig = await api.kubeconfigFor(clusterIdentities.scheduler);
  const args = [main, '--kubeconfig', kubeconfig, '--config', schedulerConfiguration(), '--observability-port=0'];
  scheduler = startProcess(process.execPath, { args });
});

afterAll(async () => {
  await scheduler?.stop();
  await binder?.close();
  client?.close();
  await api?.stop();
});

it('takes a pod to the local volume for its claim, and binds both', async () => {
  await addClaim('waits', 'local');
  await addPod('first', 'waits');
  await isRefused(
    'first',
    `0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind. ${notHelpful}`,
  );
  await addVolume('disk', 'local', 'b');
  await eventually(async () => expect(await nodeOf('first')).toBe('b'));
  // The scheduler waits for the two to name each other, the phase follows.
  await eventually(async () => expect((await claimNamed('waits')).status?.phase).toBe('Bound'));
  const claim = await claimNamed('waits');
  expect(claim.spec?.volumeName).toBe('disk');
  const volume = await client.resource(refs.persistentVolumes).get('disk');
  expect(volume.spec?.claimRef).toMatchObject({ namespace: 'default', name: 'waits', uid: claim.metadata.uid });
  expect(volume.metadata.annotations).toMatchObject({ 'pv.kubernetes.io/bound-by-controller': 'yes' });
  // Whoever uses the claim next has to go where it is.
  await addPod('second', 'waits');
  await eventually(async () => expect(await nodeOf('second')).toBe('b'));
});

it('gives each of many pods a volume of its own', async () => {
  const names = Array.from({ length: 12 }, (_, at) => `many-${at}`);
  await Promise.all(names.map((name, at) => addVolume(name, 'local', ['a', 'b', 'c'][at % 3] as string)));
  await Promise.all(names.map((name) => addClaim(name, 'local')));
  await Promise.all(names.map((name) => addPod(name, name)));
  await eventually(async () => {
    for (const name of names) expect(await nodeOf(name)).toBeDefined();
  });
  const volumes = await Promise.all(names.map(async (name) => (await claimNamed(name)).spec?.volumeName ?? ''));
  expect(new Set(volumes).size).toBe(12);
  for (const [at, name] of names.entries()) {
    const [, number] = (volumes[at] as string).split('-');
    expect(await nodeOf(name)).toBe(['a', 'b', 'c'][Number(number) % 3]);
  }
});

it('waits for a claim that somebody else binds', async () => {
  await addPod('patient', 'immediate');
  await isRefused('patient', `0/3 nodes are available: persistentvolumeclaim "immediate" not found. ${notHelpful}`);
  await addClaim('immediate', 'now');
  await isRefused(
    'patient',
    `0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. ${notHelpful}`,
  );
  await addVolume('ready', 'now', 'c');
  await eventually(async () => expect(await nodeOf('patient')).toBe('c'));
});

it('asks the provisioner for a volume on the node, and looks again when it cannot make one', async () => {
  const claims = client.resource(refs.persistentVolumeClaims);
  const selected = async () => (await claimNamed('fresh')).metadata.annotations?.['volume.kubernetes.io/selected-node'];
  await addClaim('fresh', 'made');
  await addPod('modern', 'fresh');
  await eventually(async () => expect(['a', 'b', 'c']).toContain(await selected()));
  const annotations = { 'volume.kubernetes.io/selected-node': null };
  await claims.patch('fresh', 'default', 'merge', { metadata: { annotations } });
  await eventually(async () => {
    const { items } = await client.resource(refs.events).list({ namespace: 'default' });
    expect(items.map(({ message }) => message)).toContain(
      'running PreBind plugin "VolumeBinding": binding volumes: provisioning failed for PVC "fresh"',
    );
  });
  await eventually(async () => expect(['a', 'b', 'c']).toContain(await selected()));
  expect(await nodeOf('modern')).toBeUndefined();
  const node = (await selected()) as string;
  const { namespace, name, uid } = (await claimNamed('fresh')).metadata;
  await addVolume('brand-new', 'made', node, { claimRef: { namespace, name, uid } });
  await eventually(async () => expect(await nodeOf('modern')).toBe(node));
});

it('gives a claim for one pod to one pod', async () => {
  await addVolume('single', 'local', 'a', { accessModes: ['ReadWriteOncePod'] });
  await addClaim('alone', 'local', { accessModes: ['ReadWriteOncePod'] });
  await addPod('holder', 'alone');
  await eventually(async () => expect(await nodeOf('holder')).toBe('a'));
  await addPod('rival', 'alone');
  await isRefused(
    'rival',
    '0/3 nodes are available: 3 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.',
  );
  await client.resource(refs.pods).delete('holder', 'default', { gracePeriodSeconds: 0 });
  await eventually(async () => expect(await nodeOf('rival')).toBe('a'));
});

it('preempts the pod that holds a claim for one pod', async () => {
  const pods = client.resource(refs.pods);
  const urgent = await podNamed('rival');
  await pods.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'urgent', namespace: 'default' },
    spec: {
      automountServiceAccountToken: false,
      priorityClassName: 'system-cluster-critical',
      containers: [{ name: 'main', image: 'busybox' }],
      volumes: urgent.spec?.volumes ?? [],
    },
  });
  await eventually(async () => expect((await podNamed('rival')).metadata.deletionTimestamp).toBeDefined());
  await pods.delete('rival', 'default', { gracePeriodSeconds: 0 });
  await eventually(async () => expect(await nodeOf('urgent')).toBe('a'));
});

it('counts the volumes of a driver that a node takes', async () => {
  for (const [name, count] of [
    ['a', 0],
    ['b', 1],
    ['c', 0],
  ] as const)
    await client.resource(refs.csiNodes).create({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'CSINode',
      metadata: { name },
      spec: { drivers: [{ name: 'example.com/few', nodeID: name, allocatable: { count } }] },
    });
  for (const name of ['few-0', 'few-1']) {
    const csi = { driver: 'example.com/few', volumeHandle: name };
    await addVolume(name, 'now', 'b', { local: undefined, nodeAffinity: undefined, csi });
    await addClaim(name, 'now', { volumeName: name });
    await eventually(async () => expect((await claimNamed(name)).status?.phase).toBe('Bound'));
  }
  await addPod('few-0', 'few-0');
  await eventually(async () => expect(await nodeOf('few-0')).toBe('b'));
  await addPod('few-1', 'few-1');
  await isRefused(
    'few-1',
    '0/3 nodes are available: 3 node(s) exceed max volume count. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.',
  );
  const csiNodes = client.resource(refs.csiNodes);
  const grown = await csiNodes.get('c');
  const drivers = grown.spec.drivers.map((driver) => ({ ...driver, allocatable: { count: 3 } }));
  await csiNodes.update({ ...grown, spec: { drivers } });
  await eventually(async () => expect(await nodeOf('few-1')).toBe('c'));
});
