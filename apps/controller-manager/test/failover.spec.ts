import { join } from 'node:path';
import type { Deployment } from '@nestor/api';
import { KubernetesClient, refs } from '@nestor/client';
import { createClusterPki } from '@nestor/pki';
import {
  eventually,
  hasNatsServer,
  startApiServer,
  startTestBus,
  temporaryDirectory,
  type TestApiServer,
  type TestBus,
  type TestProcess,
} from '@nestor/testing';
import { describeBuilt, startControllerManager } from './controller-manager-process';
import { SimulatedNode } from './simulated-node';

const election = [
  '--leader-elect-lease-duration=10',
  '--leader-elect-renew-deadline=8',
  '--leader-elect-retry-period=1',
];

const deployment = (replicas: number): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'c', image: 'web:1' }], terminationGracePeriodSeconds: 1 },
    },
  },
});

describeBuilt('two controller managers', () => {
  const directory = temporaryDirectory('failover');
  let bus: TestBus | undefined;
  let server: TestApiServer;
  let client: KubernetesClient;
  let node: SimulatedNode;
  const managers: TestProcess[] = [];

  beforeAll(async () => {
    const pki = await createClusterPki({ directory: join(directory.path, 'pki') });
    bus = hasNatsServer() ? await startTestBus(pki) : undefined;
    if (!bus) console.warn('over HTTP only: nats-server is not installed');
    server = await startApiServer({ pki, args: bus?.serverFlags });
    client = new KubernetesClient({ kubeconfig: server.adminKubeconfig, component: 'test' });
    node = new SimulatedNode(client, 'n1');
    await node.start();
    await startManager();
  }, 120_000);
  afterAll(async () => {
    await node?.stop();
    client?.close();
    await Promise.all(managers.map((manager) => manager.stop()));
    await server?.stop();
    await bus?.stop();
    directory.remove();
  });

  it('hand over in a rollout when the leader is killed, and the rollout ends right', async () => {
    const leader = managers[0]!;
    await eventually(() => expect(leader.output()).toContain('became leader'), { timeoutMs: 60_000 });
    const standby = await startManager();
    const deployments = client.resource(refs.deployments);
    await deployments.create(deployment(40));
    await eventually(async () => expect((await podImages()).length).toBeGreaterThan(5), { timeoutMs: 60_000 });
    const current = await deployments.get('web', 'default');
    current.spec!.template.spec!.containers[0]!.image = 'web:2';
    await client.resource(refs.deployments).patch('web', 'default', 'strategic', {
      spec: { template: { spec: { containers: [{ name: 'c', image: 'web:2' }] } } },
    });
    await eventually(async () => expect(await podImages()).toContain('web:2'), { timeoutMs: 60_000 });
    await leader.kill();
    expect(standby.output()).not.toContain('became leader');
    await eventually(async () => expect(await podImages()).toEqual(Array(40).fill('web:2')), { timeoutMs: 120_000 });
    expect(standby.output()).toContain('became leader');
    await eventually(async () => {
      const { status } = await deployments.get('web', 'default');
      expect(status).toMatchObject({ replicas: 40, updatedReplicas: 40, availableReplicas: 40 });
    });
  }, 180_000);

  it('survive the bus and the API server in a scale-up, with neither a pod too many nor too few', async () => {
    await client.resource(refs.deployments).patch('web', 'default', 'merge', { spec: { replicas: 120 } });
    await eventually(async () => expect((await podImages()).length).toBeGreaterThan(45), { timeoutMs: 60_000 });
    await bus?.nats.kill();
    await server.kill();
    await server.restart();
    await bus?.nats.restart();
    await eventually(
      async () => {
        const { status } = await client.resource(refs.deployments).get('web', 'default');
        expect(status).toMatchObject({ replicas: 120, availableReplicas: 120 });
        expect(await podImages()).toEqual(Array(120).fill('web:2'));
      },
      { timeoutMs: 120_000 },
    );
  }, 180_000);

  async function startManager(): Promise<TestProcess> {
    const manager = await startControllerManager(server, [...election, ...(bus?.clientFlags ?? [])]);
    managers.push(manager);
    return manager;
  }
  async function podImages(): Promise<(string | undefined)[]> {
    const { items } = await client.resource(refs.pods).list({ namespace: 'default' });
    return items.map((pod) => pod.spec?.containers[0]?.image).sort();
  }
});
