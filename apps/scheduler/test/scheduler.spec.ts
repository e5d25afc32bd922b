import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Node, Pod } from '@nestor/api';
import { KubernetesClient, refs } from '@nestor/client';
import { clusterIdentities, createClusterPki } from '@nestor/pki';
import {
  TestApiServer,
  TestBus,
  TestProcess,
  describeWhen,
  eventually,
  freePort,
  hasNatsServer,
  repositoryRoot,
  startApiServer,
  startProcess,
  startTestBus,
  temporaryDirectory,
} from '@nestor/testing';

const main = join(repositoryRoot(), 'apps/scheduler/dist/main.js');

function node(name: string): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110' }, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

function pod(name: string, cpu = '100m'): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      automountServiceAccountToken: false,
      containers: [{ name: 'main', image: 'busybox', resources: { requests: { cpu } } }],
    },
  };
}

/** A dead leader is succeeded in seconds. */
const shortLeases = join(mkdtempSync(join(tmpdir(), 'nestor-scheduler-')), 'config.yaml');
writeFileSync(
  shortLeases,
  `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection: {leaseDuration: 3s, renewDeadline: 2s, retryPeriod: 500ms}
`,
);

const tooLarge =
  '0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.';

/** The built scheduler as a process, against a real API server. */
function suite(transport: 'http' | 'nats'): void {
  const directory = temporaryDirectory('scheduler');
  let nats: TestBus | undefined;
  let api: TestApiServer;
  let client: KubernetesClient;
  const schedulers: TestProcess[] = [];

  const startScheduler = async (...args: string[]): Promise<{ process: TestProcess; port: number }> => {
    const port = await freePort();
    const kubeconfig = await api.kubeconfigFor(clusterIdentities.scheduler);
    const process_ = startProcess(process.execPath, {
      args: [
        main,
        '--kubeconfig',
        kubeconfig,
        '--config',
        shortLeases,
        `--observability-port=${port}`,
        ...(nats?.clientFlags ?? []),
        ...args,
      ],
    });
    schedulers.push(process_);
    await eventually(async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200));
    return { process: process_, port };
  };
  const nodeOf = async (name: string) => (await client.resource(refs.pods).get(name, 'default')).spec?.nodeName;
  const createPod = (name: string, cpu?: string) => client.resource(refs.pods).create(pod(name, cpu));

  beforeAll(async () => {
    const pki = await createClusterPki({ directory: join(directory.path, 'pki') });
    nats = transport === 'nats' ? await startTestBus(pki) : undefined;
    api = await startApiServer({ pki, args: nats?.serverFlags });
    client = new KubernetesClient({ kubeconfig: api.adminKubeconfig, component: 'test' });
    // Without a controller manager nobody makes the default service account.
    await client
      .resource(refs.serviceAccounts)
      .create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } });
    for (const name of ['a', 'b']) {
      // A new node is tainted as not ready, which the node lifecycle controller would take away.
      const created = await client.resource(refs.nodes).create(node(name));
      const ready = await client.resource(refs.nodes).update({ ...created, spec: { ...created.spec, taints: [] } });
      await client.resource(refs.nodes).updateStatus({ ...ready, status: node(name).status });
    }
  });

  afterAll(async () => {
    await Promise.all(schedulers.map((scheduler) => scheduler.stop()));
    client?.close();
    await api?.stop();
    await nats?.stop();
    directory.remove();
  });

  it('binds, tells why not, and binds when room appears', async () => {
    const { port } = await startScheduler();
    await createPod('small');
    await eventually(async () => expect(['a', 'b']).toContain(await nodeOf('small')));

    await createPod('large', '6');
    await eventually(async () => {
      const { status } = await client.resource(refs.pods).get('large', 'default');
      expect(status?.conditions).toContainEqual(
        expect.objectContaining({
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: tooLarge,
        }),
      );
    });
    await eventually(async () => {
      const { items } = await client.resource(refs.events).list({ namespace: 'default' });
      expect(items).toContainEqual(
        expect.objectContaining({
          reason: 'FailedScheduling',
          type: 'Warning',
          message: tooLarge,
        }),
      );
      expect(items).toContainEqual(
        expect.objectContaining({
          reason: 'Scheduled',
          message: expect.stringMatching(/^Successfully assigned default\/small to [ab]$/),
        }),
      );
    });

    const grown = await client.resource(refs.nodes).get('a');
    await client
      .resource(refs.nodes)
      .updateStatus({ ...grown, status: { ...grown.status, allocatable: { cpu: '16', memory: '8Gi', pods: '110' } } });
    await eventually(async () => expect(await nodeOf('large')).toBe('a'));

    await eventually(async () => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      expect(text).toMatch(/scheduler_schedule_attempts_total\{result="scheduled",profile="default-scheduler"\} 2/);
      expect(text).toContain('scheduler_pending_pods{queue="active"} 0');
    });
  });

  it('hands over to a second scheduler when the leader is killed', async () => {
    await startScheduler();
    await schedulers[0]?.kill();
    await createPod('orphan');
    await eventually(async () => expect(await nodeOf('orphan')).toBeDefined(), { timeoutMs: 60_000 });
  });

  it('never overcommits under a burst', async () => {
    await Promise.all(Array.from({ length: 60 }, (_, index) => createPod(`burst-${index}`, '500m')));
    await eventually(async () => {
      const { items } = await client.resource(refs.pods).list({ namespace: 'default' });
      const undecided = items.filter(
        ({ spec, status }) => !spec?.nodeName && !status?.conditions?.some(({ reason }) => reason === 'Unschedulable'),
      );
      expect(undecided).toHaveLength(0);
    });
    const { items } = await client.resource(refs.pods).list({ namespace: 'default' });
    const used = (name: string) =>
      items
        .filter(({ spec }) => spec?.nodeName === name)
        .reduce((sum, { spec }) => sum + cpuOf(spec?.containers[0]?.resources?.requests?.['cpu'] ?? '0'), 0);
    expect(used('a')).toBeLessThanOrEqual(16_000);
    expect(used('b')).toBeLessThanOrEqual(4_000);
    // Less than one of these pods is left over on each.
    expect(used('a') + used('b')).toBeGreaterThan(19_000);
  });
}

function cpuOf(quantity: string): number {
  return quantity.endsWith('m') ? Number(quantity.slice(0, -1)) : Number(quantity) * 1000;
}

describe('scheduler over HTTP', () => suite('http'));
describeWhen(hasNatsServer(), 'nats-server is not installed')('scheduler over NATS', () => suite('nats'));
