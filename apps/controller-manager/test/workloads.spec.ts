import { KubernetesClient, refs } from '@nestor/client';
import { eventually, kubectl, startApiServer, type TestApiServer, type TestProcess } from '@nestor/testing';
import { describeBuilt, startControllerManager } from './controller-manager-process';
import { SimulatedNode } from './simulated-node';

const template = (app: string) => `
  template:
    metadata: {labels: {app: ${app}}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: c, image: "${app}:1"}]`;
const manifests = `
apiVersion: v1
kind: Node
metadata: {name: n1}
---
apiVersion: v1
kind: Node
metadata: {name: n2, labels: {disk: ssd}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 3
  serviceName: db
  selector: {matchLabels: {app: db}}${template('db')}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}${template('agent')}
---
apiVersion: v1
kind: ReplicationController
metadata: {name: old}
spec:
  replicas: 2
  selector: {app: old}
  template:
    metadata: {labels: {app: old}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: c, image: "old:1"}]
`;

describeBuilt('StatefulSet, DaemonSet and ReplicationController, by kubectl', () => {
  let server: TestApiServer;
  let manager: TestProcess;
  let client: KubernetesClient;
  let node: SimulatedNode;
  const run = async (...args: string[]): Promise<string> =>
    (await kubectl(args, { kubeconfig: server.adminKubeconfig })).stdout;
  const rows = async (...args: string[]): Promise<string[][]> =>
    (await run('get', '--no-headers', ...args))
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/));

  beforeAll(async () => {
    // Nobody reports the nodes ready: the node controllers would taint and evict.
    server = await startApiServer();
    manager = await startControllerManager(server, [
      '--controllers=*,-node-lifecycle-controller,-taint-eviction-controller',
    ]);
    client = new KubernetesClient({ kubeconfig: server.adminKubeconfig, component: 'test' });
    node = new SimulatedNode(client, 'n1');
    await node.start();
    await kubectl(['apply', '-f', '-'], { kubeconfig: server.adminKubeconfig, input: manifests });
    for (const name of ['n1', 'n2']) await run('taint', 'nodes', name, 'node.kubernetes.io/not-ready:NoSchedule-');
  }, 120_000);
  afterAll(async () => {
    await node?.stop();
    client?.close();
    await manager?.stop();
    await server?.stop();
  });

  it('StatefulSet: ordered pods with lasting names, roll-out, history, undo, partition, scale', async () => {
    await run('rollout', 'status', 'sts/db', '--timeout=60s');
    expect((await rows('sts', 'db', '-o', 'wide'))[0]).toEqual(['db', '3/3', expect.any(String), 'c', 'db:1']);
    const pods = await client.resource(refs.pods).list({ namespace: 'default' });
    const second = pods.items.find(({ metadata }) => metadata.name === 'db-1')!;
    expect(second.metadata.labels).toMatchObject({
      'statefulset.kubernetes.io/pod-name': 'db-1',
      'apps.kubernetes.io/pod-index': '1',
    });
    expect(second.spec).toMatchObject({ hostname: 'db-1', subdomain: 'db' });
    await run('patch', 'sts', 'db', '-p', '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":2}}}}');
    await run('set', 'image', 'sts/db', 'c=db:2');
    await eventually(async () => expect(await images('db-')).toEqual(['db:1', 'db:1', 'db:2']), { timeoutMs: 60_000 });
    await run('patch', 'sts', 'db', '-p', '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}');
    await run('rollout', 'status', 'sts/db', '--timeout=60s');
    expect(await images('db-')).toEqual(['db:2', 'db:2', 'db:2']);
    expect((await run('rollout', 'history', 'sts/db')).match(/^\d+ /gm)).toEqual(['1 ', '2 ']);
    await run('rollout', 'undo', 'sts/db');
    await run('rollout', 'status', 'sts/db', '--timeout=60s');
    expect(await images('db-')).toEqual(['db:1', 'db:1', 'db:1']);
    await run('scale', 'sts/db', '--replicas=1');
    await eventually(async () => expect(await images('db-')).toEqual(['db:1']), { timeoutMs: 60_000 });
    await eventually(async () =>
      expect(await run('describe', 'sts', 'db')).toContain('create Pod db-0 in StatefulSet db successful'),
    );
  }, 120_000);

  it('DaemonSet: a pod on each node that is meant, roll-out, undo, and nodes that come and change', async () => {
    await run('rollout', 'status', 'ds/agent', '--timeout=60s');
    expect((await rows('ds', 'agent'))[0]).toEqual(['agent', '2', '2', '2', '2', '2', '<none>', expect.any(String)]);
    await run('set', 'image', 'ds/agent', 'c=agent:2');
    await run('rollout', 'status', 'ds/agent', '--timeout=60s');
    expect(await images('agent-')).toEqual(['agent:2', 'agent:2']);
    expect(await run('get', 'controllerrevisions')).toMatch(/daemonset\.apps\/agent +2/);
    await run('rollout', 'undo', 'ds/agent');
    await run('rollout', 'status', 'ds/agent', '--timeout=60s');
    expect(await images('agent-')).toEqual(['agent:1', 'agent:1']);
    await run('patch', 'ds', 'agent', '-p', '{"spec":{"template":{"spec":{"nodeSelector":{"disk":"ssd"}}}}}');
    await eventually(async () => expect(await images('agent-')).toHaveLength(1), { timeoutMs: 60_000 });
    await run('label', 'node', 'n1', 'disk=ssd');
    await eventually(async () => expect(await images('agent-')).toHaveLength(2), { timeoutMs: 60_000 });
    expect((await rows('ds', 'agent'))[0]?.[6]).toBe('disk=ssd');
  }, 120_000);

  it('ReplicationController: keeps its number, scales, and lets go of a pod whose label changes', async () => {
    await eventually(async () => expect((await rows('rc', 'old'))[0]?.slice(0, 4)).toEqual(['old', '2', '2', '2']), {
      timeoutMs: 60_000,
    });
    await run('scale', 'rc/old', '--replicas=3');
    await eventually(async () => expect((await rows('rc', 'old'))[0]?.[3]).toBe('3'), { timeoutMs: 60_000 });
    const [pod] = (await run('get', 'pods', '-l', 'app=old', '-o', 'name')).trim().split('\n') as [string];
    await run('label', pod, 'app=other', '--overwrite');
    await eventually(async () => expect(await rows('pods', '-l', 'app=old')).toHaveLength(3), { timeoutMs: 60_000 });
    expect(await run('get', pod, '-o', 'jsonpath={.metadata.ownerReferences}')).toBe('');
  });

  async function images(prefix: string): Promise<(string | undefined)[]> {
    const { items } = await client.resource(refs.pods).list({ namespace: 'default' });
    return items
      .filter(({ metadata }) => metadata.name?.startsWith(prefix) && !metadata.deletionTimestamp)
      .sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1))
      .map(({ spec }) => spec?.containers[0]?.image);
  }
});
