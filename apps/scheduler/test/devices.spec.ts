import 'reflect-metadata';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Node, Pod, ResourceClaim } from '@nestor/api';
import { ClientModule, KubernetesClient, refs } from '@nestor/client';
import { ControllerKitModule } from '@nestor/controller-kit';
import { ResourceClaimModule } from '@nestor/controllers-resource-claim';
import { clusterIdentities } from '@nestor/pki';
import { TestApiServer, TestProcess, eventually, repositoryRoot, startApiServer, startProcess } from '@nestor/testing';

const main = join(repositoryRoot(), 'apps/scheduler/dist/main.js');
const apiVersion = 'resource.k8s.io/v1';
const namespace = 'default';

let api: TestApiServer;
let client: KubernetesClient;
let scheduler: TestProcess;
/** Makes claims from templates, as in the controller manager. */
let controller: INestApplicationContext;

async function startController(): Promise<INestApplicationContext> {
  class ControllerModule {}
  const kubeconfig = await api.kubeconfigFor(clusterIdentities.controllerManager);
  const imports = [
    ClientModule.forRoot({ kubeconfig, component: 'claims' }),
    ControllerKitModule.forRoot(),
    ResourceClaimModule,
  ];
  return NestFactory.createApplicationContext({ module: ControllerModule, imports }, { logger: false });
}

async function addNode(name: string): Promise<void> {
  const nodes = client.resource(refs.nodes);
  const status: Node['status'] = { allocatable: { cpu: '4', memory: '8Gi', pods: '110' } };
  const created = await nodes.create({ apiVersion: 'v1', kind: 'Node', metadata: { name }, status });
  const ready = await nodes.update({ ...created, spec: { ...created.spec, taints: [] } });
  await nodes.updateStatus({ ...ready, status });
}

const addPod = (name: string, template = 'one-gpu'): Promise<Pod> =>
  client.resource(refs.pods).create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      automountServiceAccountToken: false,
      containers: [{ name: 'main', image: 'busybox', resources: { claims: [{ name: 'gpu' }] } }],
      resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: template }],
    },
  });
const podNamed = (name: string): Promise<Pod> => client.resource(refs.pods).get(name, namespace);

/** A class of devices, and a template of claims for one of them. */
async function addClass(name: string, expression: string, extendedResourceName?: string): Promise<void> {
  await client.resource(refs.deviceClasses).create({
    apiVersion,
    kind: 'DeviceClass',
    metadata: { name },
    spec: { selectors: [{ cel: { expression } }], extendedResourceName },
  });
  await client.resource(refs.resourceClaimTemplates).create({
    apiVersion,
    kind: 'ResourceClaimTemplate',
    metadata: { name: `one-${name}`, namespace },
    spec: { spec: { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: name } }] } } },
  });
}

async function claimOf(pod: string): Promise<ResourceClaim> {
  const { status } = await podNamed(pod);
  const name = status?.resourceClaimStatuses?.[0]?.resourceClaimName ?? '';
  return client.resource(refs.resourceClaims).get(name, namespace);
}

beforeAll(async () => {
  api = await startApiServer();
  client = new KubernetesClient({ kubeconfig: api.adminKubeconfig, component: 'test' });
  await client
    .resource(refs.serviceAccounts)
    .create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } });
  for (const name of ['a', 'b']) await addNode(name);
  await addClass('gpu', 'device.attributes["d.com"].model == "large"');
  await addClass('nic', 'device.attributes["d.com"].model == "nic"');
  await addClass('fpga', 'device.attributes["d.com"].model == "fpga"', 'd.com/fpga');
  await client.resource(refs.resourceSlices).create({
    apiVersion,
    kind: 'ResourceSlice',
    metadata: { name: 'b-devices' },
    spec: {
      driver: 'd.com',
      nodeName: 'b',
      pool: { name: 'b', generation: 1, resourceSliceCount: 1 },
      devices: ['small', 'large', 'nic', 'fpga'].map((model) => ({
        name: model,
        attributes: { model: { string: model } },
      })),
    },
  });
  await client.resource(refs.deviceTaintRules).create({
    apiVersion: 'resource.k8s.io/v1beta2',
    kind: 'DeviceTaintRule',
    metadata: { name: 'unplugged' },
    spec: { deviceSelector: { device: 'nic' }, taint: { key: 'unplugged', effect: 'NoSchedule' } },
  });
  controller = await startController();
  const kubeconfig = await api.kubeconfigFor(clusterIdentities.scheduler);
  scheduler = startProcess(process.execPath, { args: [main, '--kubeconfig', kubeconfig, '--observability-port=0'] });
}, 120_000);

afterAll(async () => {
  await scheduler?.stop();
  await controller?.close();
  client?.close();
  await api?.stop();
});

describe('devices for pods', () => {
  it('decide where a pod goes, and are allocated and reserved for it', async () => {
    const pod = await addPod('first');
    await eventually(async () => expect((await podNamed('first')).spec?.nodeName).toBe('b'));
    const { metadata, status } = await claimOf('first');
    expect(metadata.finalizers).toEqual(['resource.kubernetes.io/delete-protection']);
    expect(status?.reservedFor).toEqual([{ resource: 'pods', name: 'first', uid: pod.metadata.uid }]);
    expect(status?.allocation).toMatchObject({
      devices: { results: [{ request: 'gpu', driver: 'd.com', pool: 'b', device: 'large' }] },
      nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] }] },
    });
  });

  it('are for one pod at a time, and for the next when they are free again', async () => {
    await addPod('second');
    await eventually(async () => {
      const { status } = await podNamed('second');
      expect(status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message).toMatch(
        /^0\/2 nodes are available: 2 cannot allocate all claims\. still not schedulable, preemption: /,
      );
    });
    await client.resource(refs.pods).delete('first', namespace, { gracePeriodSeconds: 0 });
    await eventually(async () => expect((await podNamed('second')).spec?.nodeName).toBe('b'));
    expect((await claimOf('second')).status?.allocation?.devices?.results?.[0]?.device).toBe('large');
  });

  it('are not given out while a rule taints them', async () => {
    await addPod('wired', 'one-nic');
    await eventually(async () => {
      const { status } = await podNamed('wired');
      expect(status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message).toMatch(
        /^0\/2 nodes are available: 2 cannot allocate all claims\./,
      );
    });
    await client.resource(refs.deviceTaintRules).delete('unplugged');
    await eventually(async () => expect((await podNamed('wired')).spec?.nodeName).toBe('b'));
  });

  it('stand for resources that pods ask for by name, theirs or the class’s', async () => {
    const pods = client.resource(refs.pods);
    const ask = (name: string, resource: string): Promise<Pod> =>
      pods.create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace },
        spec: {
          automountServiceAccountToken: false,
          containers: [{ name: 'main', image: 'busybox', resources: { limits: { [resource]: '1' } } }],
        },
      });
    const { metadata } = await ask('accelerated', 'd.com/fpga');
    await eventually(async () => expect((await podNamed('accelerated')).spec?.nodeName).toBe('b'));
    const { extendedResourceClaimStatus: status } = (await podNamed('accelerated')).status ?? {};
    expect(status).toEqual({
      resourceClaimName: expect.stringMatching(/^accelerated-extended-resources-/),
      requestMappings: [{ containerName: 'main', resourceName: 'd.com/fpga', requestName: 'container-0-request-0' }],
    });
    const claim = await client.resource(refs.resourceClaims).get(status?.resourceClaimName ?? '', namespace);
    expect(claim).toMatchObject({
      metadata: {
        annotations: { 'resource.kubernetes.io/extended-resource-claim': 'true' },
        ownerReferences: [{ kind: 'Pod', name: 'accelerated', uid: metadata.uid, controller: true }],
      },
      status: {
        allocation: { devices: { results: [{ device: 'fpga' }] } },
        reservedFor: [{ resource: 'pods', name: 'accelerated', uid: metadata.uid }],
      },
    });
    await ask('next', 'deviceclass.resource.kubernetes.io/fpga');
    await eventually(async () => {
      const conditions = (await podNamed('next')).status?.conditions;
      expect(conditions?.find(({ type }) => type === 'PodScheduled')?.message).toMatch(
        /^0\/2 nodes are available: 2 cannot allocate all claims\./,
      );
    });
    await pods.delete('accelerated', namespace, { gracePeriodSeconds: 0 });
    await eventually(async () => expect((await podNamed('next')).spec?.nodeName).toBe('b'));
  });
});
