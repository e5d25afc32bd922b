import type { Node, Pod } from '@nestor/api';
import { KubernetesClient, microTime, refs } from '@nestor/client';
import { eventually, startApiServer, type TestApiServer, type TestProcess } from '@nestor/testing';
import { describeBuilt, startControllerManager } from './controller-manager-process';

const ready = (status: string) => ({
  type: 'Ready',
  status,
  reason: 'KubeletReady',
  message: '',
  lastHeartbeatTime: '2026-01-01T00:00:00Z',
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

describeBuilt('a node that falls silent', () => {
  let server: TestApiServer;
  let manager: TestProcess;
  let client: KubernetesClient;
  let beating: NodeJS.Timeout | undefined;
  beforeAll(async () => {
    server = await startApiServer();
    const flags = ['--node-monitor-grace-period=2', '--node-monitor-period=1', '--cluster-cidr=10.244.0.0/16'];
    manager = await startControllerManager(server, ['--leader-elect=false', ...flags]);
    client = new KubernetesClient({ kubeconfig: server.adminKubeconfig, component: 'test' });
  }, 120_000);
  afterAll(async () => {
    clearInterval(beating);
    client?.close();
    await manager?.stop();
    await server?.stop();
  });

  it('is given a pod range', async () => {
    const nodes = client.resource(refs.nodes);
    const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } };
    await nodes.create(node);
    // Not by its version: controllers write on a new node at once.
    await nodes.patch('n1', undefined, 'merge', { status: { conditions: [ready('True')] } }, { subresource: 'status' });
    await eventually(async () => {
      const { spec } = await nodes.get('n1');
      expect(spec?.podCIDR).toMatch(/^10\.244\.\d+\.0\/24$/);
      expect(spec?.podCIDRs).toEqual([spec?.podCIDR]);
    });
  });

  it('evicts nobody while no other node is heard of either', async () => {
    const nodes = client.resource(refs.nodes);
    await eventually(
      async () => {
        const { spec } = await nodes.get('n1');
        expect(spec?.taints?.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
          'node.kubernetes.io/unreachable:NoSchedule',
        ]);
      },
      { timeoutMs: 60_000 },
    );
    await nodes.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n2' } });
    const status = { conditions: [ready('True')] };
    await nodes.patch('n2', undefined, 'merge', { status }, { subresource: 'status' });
    const leases = client.resource(refs.leases);
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'n2', namespace: 'kube-node-lease' },
    };
    await leases.create({ ...lease, spec: { renewTime: microTime() } });
    beating = setInterval(() => {
      void leases.patch('n2', 'kube-node-lease', 'merge', { spec: { renewTime: microTime() } }).catch(() => undefined);
    }, 300);
  });

  it('becomes Unknown and unreachable, its pods not ready and evicted; and recovers', async () => {
    const pods = client.resource(refs.pods);
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'default' },
      spec: {
        nodeName: 'n1',
        containers: [{ name: 'c', image: 'x' }],
        tolerations: [
          { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 1 },
        ],
      },
    };
    await client
      .resource(refs.serviceAccounts)
      .get('default', 'default')
      .catch(() => undefined);
    await eventually(() => pods.create(pod));
    await eventually(
      async () => {
        const { spec, status } = await client.resource(refs.nodes).get('n1');
        const condition = status?.conditions?.find((one) => one.type === 'Ready');
        expect(condition).toMatchObject({
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
        });
        expect(spec?.taints?.map(({ key, effect }) => `${key}:${effect}`).sort()).toEqual([
          'node.kubernetes.io/unreachable:NoExecute',
          'node.kubernetes.io/unreachable:NoSchedule',
        ]);
      },
      { timeoutMs: 60_000 },
    );
    await eventually(
      async () => {
        const { metadata, status } = await pods.get('p', 'default');
        expect(metadata.deletionTimestamp).toBeDefined();
        expect(status?.conditions?.find((one) => one.type === 'DisruptionTarget')?.reason).toBe(
          'DeletionByTaintManager',
        );
      },
      { timeoutMs: 60_000 },
    );
    await heartbeatUntil(async () => {
      const { spec } = await client.resource(refs.nodes).get('n1');
      expect(spec?.taints ?? []).toEqual([]);
    });
  }, 120_000);

  /** The kubelet is back: it posts Ready and renews its lease. */
  async function heartbeatUntil(check: () => Promise<void>): Promise<void> {
    const leases = client.resource(refs.leases);
    const metadata = { name: 'n1', namespace: 'kube-node-lease' };
    await leases.create({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata,
      spec: { renewTime: microTime() },
    });
    await eventually(
      async () => {
        const lease = await leases.get('n1', 'kube-node-lease');
        await leases.update({ ...lease, spec: { ...lease.spec, renewTime: microTime() } });
        const nodes = client.resource(refs.nodes);
        const node = await nodes.get('n1');
        await nodes.updateStatus({ ...node, status: { ...node.status, conditions: [ready('True')] } });
        await check();
      },
      { timeoutMs: 60_000 },
    );
  }
});
