import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubernetesClient, refs } from '@nestor/client';
import {
  eventually,
  kubectl,
  startApiServer,
  temporaryDirectory,
  type TestApiServer,
  type TestProcess,
} from '@nestor/testing';
import { describeBuilt, startControllerManager } from './controller-manager-process';
import { SimulatedNode } from './simulated-node';

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: c, image: "web:1", ports: [{name: http, containerPort: 8080}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}]
`;

describeBuilt('a Deployment, by kubectl', () => {
  let server: TestApiServer;
  let manager: TestProcess;
  let client: KubernetesClient;
  let node: SimulatedNode;
  const directory = temporaryDirectory('rollout');
  const run = async (...args: string[]): Promise<string> =>
    (await kubectl(args, { kubeconfig: server.adminKubeconfig })).stdout;

  beforeAll(async () => {
    server = await startApiServer();
    manager = await startControllerManager(server);
    client = new KubernetesClient({ kubeconfig: server.adminKubeconfig, component: 'test' });
    node = new SimulatedNode(client, 'n1');
    await node.register();
    await node.start();
    const file = join(directory.path, 'web.yaml');
    writeFileSync(file, manifest);
    await run('apply', '-f', file);
  }, 120_000);
  afterAll(async () => {
    await node?.stop();
    client?.close();
    await manager?.stop();
    await server?.stop();
    directory.remove();
  });

  it('rolls out', async () => {
    expect(await run('rollout', 'status', 'deployment/web', '--timeout=60s')).toContain('successfully rolled out');
    const deployment = await client.resource(refs.deployments).get('web', 'default');
    expect(deployment.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1');
    await eventually(async () => {
      const { status } = await client.resource(refs.deployments).get('web', 'default');
      expect(status).toMatchObject({ replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 });
      expect(status?.conditions?.map(({ type, reason }) => `${type}=${reason}`).sort()).toEqual([
        'Available=MinimumReplicasAvailable',
        'Progressing=NewReplicaSetAvailable',
      ]);
    });
  });

  it('says what it does in events', async () => {
    await eventually(async () => {
      const { items } = await client.resource(refs.events).list({ namespace: 'default' });
      const said = items.map(({ reason, message, reportingComponent, source }) => [
        reason,
        message,
        reportingComponent,
        source?.component,
      ]);
      expect(said).toContainEqual([
        'ScalingReplicaSet',
        expect.stringMatching(/^Scaled up replica set web-[a-z0-9]+ from 0 to 3$/),
        'deployment-controller',
        'deployment-controller',
      ]);
      expect(
        said.filter(([reason, message]) => reason === 'SuccessfulCreate' && /^Created pod: web-/.test(message!)),
      ).toHaveLength(3);
    });
  });

  it('shows in Endpoints and EndpointSlices', async () => {
    await eventually(async () => {
      const { items } = await client.resource(refs.endpointSlices).list({
        namespace: 'default',
        labelSelector: 'kubernetes.io/service-name=web',
      });
      expect(items).toHaveLength(1);
      expect(items[0]!.metadata.name).toMatch(/^web-[a-z0-9]{5}$/);
      expect(items[0]!.ports).toEqual([{ name: 'http', port: 8080, protocol: 'TCP' }]);
      expect(items[0]!.endpoints?.filter((one) => one.conditions?.ready)).toHaveLength(3);
      const endpoints = await client.resource(refs.endpoints).get('web', 'default');
      expect(endpoints.subsets?.[0]?.addresses).toHaveLength(3);
    });
  });

  it('updates, rolls back, and keeps its history', async () => {
    await run('set', 'image', 'deployment/web', 'c=web:2');
    expect(await run('rollout', 'status', 'deployment/web', '--timeout=60s')).toContain('successfully rolled out');
    await eventually(async () => expect(await images()).toEqual(['web:2', 'web:2', 'web:2']));
    expect(await run('rollout', 'history', 'deployment/web')).toMatch(/1 +<none>\n2 +<none>/);
    await run('rollout', 'undo', 'deployment/web');
    expect(await run('rollout', 'status', 'deployment/web', '--timeout=60s')).toContain('successfully rolled out');
    await eventually(async () => expect(await images()).toEqual(['web:1', 'web:1', 'web:1']));
    expect(await run('rollout', 'history', 'deployment/web')).toMatch(/2 +<none>\n3 +<none>/);
  }, 180_000);

  it('keeps enough pods up while an update cannot come up, and says so', async () => {
    await run('patch', 'deployment', 'web', '-p', '{"spec":{"progressDeadlineSeconds":2}}');
    await run('set', 'image', 'deployment/web', 'c=web:broken');
    await eventually(
      async () => {
        const { status } = await client.resource(refs.deployments).get('web', 'default');
        const progressing = status?.conditions?.find((condition) => condition.type === 'Progressing');
        expect(progressing?.reason).toBe('ProgressDeadlineExceeded');
        expect(status).toMatchObject({ replicas: 4, updatedReplicas: 1, availableReplicas: 3 });
      },
      { timeoutMs: 60_000 },
    );
    // What comes may take its time.
    await run('patch', 'deployment', 'web', '-p', '{"spec":{"progressDeadlineSeconds":600}}');
    await run('rollout', 'undo', 'deployment/web');
    await run('rollout', 'status', 'deployment/web', '--timeout=60s');
    await eventually(async () => expect(await images()).toEqual(['web:1', 'web:1', 'web:1']));
  }, 120_000);

  it('pauses, scales and resumes', async () => {
    await run('rollout', 'pause', 'deployment/web');
    await run('set', 'image', 'deployment/web', 'c=web:3');
    await run('scale', 'deployment/web', '--replicas=5');
    await eventually(async () => expect(await images()).toEqual(Array(5).fill('web:1')), { timeoutMs: 60_000 });
    await run('rollout', 'resume', 'deployment/web');
    await run('rollout', 'status', 'deployment/web', '--timeout=60s');
    await eventually(async () => expect(await images()).toEqual(Array(5).fill('web:3')), { timeoutMs: 60_000 });
  }, 120_000);

  it('replaces a pod that is deleted', async () => {
    const [pod] = (await client.resource(refs.pods).list({ namespace: 'default' })).items;
    await client.resource(refs.pods).delete(pod!.metadata.name!, 'default');
    await eventually(async () => {
      const { items } = await client.resource(refs.pods).list({ namespace: 'default' });
      expect(items.map((one) => one.metadata.uid)).not.toContain(pod!.metadata.uid);
      expect(items).toHaveLength(5);
    });
  });

  it('takes everything with it when it is deleted, or leaves it when told so', async () => {
    await run('delete', 'deployment', 'web', '--cascade=orphan');
    const owned = async () => (await client.resource(refs.replicaSets).list({ namespace: 'default' })).items;
    await eventually(async () => {
      const sets = await owned();
      expect(sets.length).toBeGreaterThan(0);
      expect(sets.flatMap((one) => one.metadata.ownerReferences ?? [])).toEqual([]);
    });
    expect(await images()).toHaveLength(5);
    for (const { metadata } of await owned()) await run('delete', 'replicaset', metadata.name!, '--cascade=foreground');
    await eventually(async () => expect(await images()).toEqual([]), { timeoutMs: 60_000 });
    expect(await owned()).toEqual([]);
    await run('delete', 'service', 'web');
    await eventually(async () => {
      const selector = { namespace: 'default', labelSelector: 'kubernetes.io/service-name=web' };
      expect((await client.resource(refs.endpointSlices).list(selector)).items).toEqual([]);
      await expect(client.resource(refs.endpoints).get('web', 'default')).rejects.toThrow(/not found/);
    });
  }, 120_000);

  async function images(): Promise<(string | undefined)[]> {
    const { items } = await client.resource(refs.pods).list({ namespace: 'default' });
    return items.map((pod) => pod.spec?.containers[0]?.image).sort();
  }
});
