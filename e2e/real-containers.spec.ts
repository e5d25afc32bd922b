import { join } from 'node:path';
import {
  Netns,
  TestCluster,
  buildBusyboxImage,
  createNetns,
  describeWhen,
  eventually,
  helmPath,
  missingTools,
  startCluster,
  startKubectl,
  temporaryDirectory,
} from '@nestor/testing';
import { webDeployment, webService, webConfig } from './manifests';
import { writeChart } from './chart';
import { runInside } from './run-inside';

const missing = missingTools('containerd', 'runc', 'iptables', 'ip', 'busybox');
const possible = process.getuid?.() === 0 && missing.length === 0;

/** What a user does on the first day, with the real kubectl, on containers that really run. */
describeWhen(possible, `real containers need root and ${missing.join(', ') || 'root'}`)(
  'a cluster with real containers',
  () => {
    const files = temporaryDirectory('e2e');
    let netns: Netns;
    let cluster: TestCluster;
    const out = async (...args: string[]) => (await cluster.kubectl(args)).stdout;
    const apply = (manifest: object) => cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(manifest) });
    const webPods = async () =>
      (await out('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].metadata.name}'))
        .split(' ')
        .filter(Boolean);

    beforeAll(async () => {
      netns = createNetns();
      cluster = await startCluster({ runtime: 'containerd', netns: netns.name });
      for (const tag of ['1.36', '1.37']) {
        const image = await buildBusyboxImage(
          join(files.path, `busybox-${tag}.tar`),
          `docker.io/library/busybox:${tag}`,
        );
        const imported = await cluster.nestor('image', 'import', image.file);
        expect(imported).toMatchObject({ code: 0 });
      }
    }, 240_000);

    afterAll(async () => {
      await cluster?.stop();
      netns?.remove();
      files.remove();
    }, 120_000);

    it('runs a deployment of three replicas with a mounted ConfigMap', async () => {
      await apply(webConfig);
      await apply(webDeployment);
      await apply(webService);
      expect(await out('rollout', 'status', 'deployment/web', '--timeout=90s')).toContain(
        'deployment "web" successfully rolled out',
      );
      const wide = await out('get', 'pods', '-l', 'app=web', '-o', 'wide');
      expect(wide).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES/);
      expect(wide.match(/1\/1 +Running +0 /g)).toHaveLength(3);
      const [pod] = await webPods();
      expect(await out('exec', pod ?? '', '--', 'cat', '/etc/web/greeting')).toBe('hello from a config map');
    }, 120_000);

    it('describes, logs and executes', async () => {
      const [pod = ''] = await webPods();
      await eventually(async () => {
        const described = await out('describe', 'pod', pod);
        expect(described).toContain('Successfully assigned default/' + pod);
        expect(described).toMatch(/Normal +Started .*kubelet/);
        expect(await out('logs', pod)).toContain('serving as ' + pod);
      });
      const follow = startKubectl(['logs', '-f', '--tail=1', pod], {
        kubeconfig: cluster.kubeconfig,
        netns: netns.name,
      });
      await cluster.kubectl(['exec', pod, '--', 'sh', '-c', 'echo said later > /proc/1/fd/1']);
      await eventually(() => expect(follow.output()).toContain('said later'));
      await follow.stop();
      const piped = await cluster.kubectl(
        ['exec', '-i', pod, '--', 'sh', '-c', 'read line; echo "got $line"; exit 0'],
        { input: 'a line\n' },
      );
      expect(piped.stdout).toBe('got a line\n');
      await expect(cluster.kubectl(['exec', pod, '--', 'sh', '-c', 'exit 7'])).rejects.toMatchObject({ code: 7 });
    });

    it('reaches all three replicas from a pod through the Service', async () => {
      const address = await out('get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}');
      const [pod = ''] = await webPods();
      const pods = await webPods();
      const ask = `for i in $(seq 60); do wget -q -O - http://${address}/; done`;
      await eventually(async () => {
        const answers = new Set((await out('exec', pod, '--', 'sh', '-c', ask)).trim().split('\n'));
        expect(answers).toEqual(new Set(pods));
      });
    });

    it('answers on the node port', async () => {
      const port = await out('get', 'service', 'web', '-o', 'jsonpath={.spec.ports[0].nodePort}');
      const address = await out(
        'get',
        'nodes',
        '-o',
        'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}',
      );
      await eventually(async () => {
        const { stdout } = await runInside(netns, 'busybox', ['wget', '-q', '-O', '-', `http://${address}:${port}/`]);
        expect(await webPods()).toContain(stdout.trim());
      });
    });

    it('rolls out a new image, and back', async () => {
      const images = () => out('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].spec.containers[0].image}');
      await out('set', 'image', 'deployment/web', 'web=busybox:1.37');
      await out('rollout', 'status', 'deployment/web', '--timeout=90s');
      await eventually(async () => expect(new Set((await images()).split(' '))).toEqual(new Set(['busybox:1.37'])));
      await out('rollout', 'undo', 'deployment/web');
      await out('rollout', 'status', 'deployment/web', '--timeout=90s');
      await eventually(async () => expect(new Set((await images()).split(' '))).toEqual(new Set(['busybox:1.36'])), {
        timeoutMs: 60_000,
      });
      expect(await out('rollout', 'history', 'deployment/web')).toMatch(/^3 /m);
    }, 240_000);

    it('changes a mounted ConfigMap in place', async () => {
      await apply({ ...webConfig, data: { greeting: 'changed' } });
      const [pod = ''] = await webPods();
      await eventually(async () => expect(await out('exec', pod, '--', 'cat', '/etc/web/greeting')).toBe('changed'), {
        timeoutMs: 120_000,
        intervalMs: 1000,
      });
    }, 150_000);

    it('scales up and down', async () => {
      await out('scale', 'deployment/web', '--replicas=5');
      await out('rollout', 'status', 'deployment/web', '--timeout=90s');
      expect(await webPods()).toHaveLength(5);
      await out('scale', 'deployment/web', '--replicas=1');
      await eventually(async () => expect(await webPods()).toHaveLength(1), { timeoutMs: 60_000 });
    }, 180_000);

    it('restarts a container that exits, with back-off, and one whose liveness probe fails', async () => {
      const restarts = (pod: string) =>
        out('get', 'pod', pod, '-o', 'jsonpath={.status.containerStatuses[0].restartCount}');
      const pod = (name: string, container: object) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name },
        spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'busybox:1.36', ...container }] },
      });
      await apply(pod('crasher', { command: ['sh', '-c', 'echo dying; exit 3'] }));
      await apply(
        pod('sick', {
          command: ['sh', '-c', 'sleep 1000'],
          livenessProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1 },
        }),
      );
      await eventually(async () => expect(await out('get', 'pod', 'crasher')).toContain('CrashLoopBackOff'), {
        timeoutMs: 60_000,
        intervalMs: 500,
      });
      expect(await out('logs', 'crasher', '--previous')).toBe('dying\n');
      await eventually(async () => expect(Number(await restarts('sick'))).toBeGreaterThan(0), {
        timeoutMs: 60_000,
        intervalMs: 500,
      });
      await eventually(async () => expect(await out('describe', 'pod', 'sick')).toContain('Liveness probe failed'));
      await out('delete', 'pod', 'crasher', 'sick', '--timeout=60s');
    }, 180_000);

    it('installs a Helm chart', async () => {
      const chart = writeChart(join(files.path, 'chart'));
      const helm = (...args: string[]) =>
        runInside(netns, helmPath(), args, { KUBECONFIG: cluster.kubeconfig, HOME: files.path });
      expect((await helm('install', 'demo', chart, '--wait', '--timeout', '90s')).stdout).toContain('STATUS: deployed');
      expect(await out('get', 'deployment', 'demo', '-o', 'jsonpath={.status.readyReplicas}')).toBe('1');
      expect((await helm('uninstall', 'demo', '--wait')).stdout).toContain('release "demo" uninstalled');
    }, 180_000);

    it('deletes everything it made', async () => {
      await out('delete', 'deployment/web', 'service/web', 'configmap/web', '--timeout=60s');
      await eventually(
        async () => expect((await cluster.kubectl(['get', 'pods,replicasets'])).stderr).toContain('No resources found'),
        { timeoutMs: 90_000, intervalMs: 500 },
      );
    }, 180_000);
  },
);
