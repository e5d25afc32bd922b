import type { Pod } from '@nestor/api';
import { describeWhen, eventually, startApiServer, type TestApiServer } from '@nestor/testing';
import { isBuilt, podOn, startKubelet, type KubeletUnderTest } from './kubelet-under-test';

jest.setTimeout(120_000);

describeWhen(isBuilt, 'the kubelet on simulated nodes: needs the built apps (npx nx run-many -t build)')(
  'the kubelet on simulated nodes',
  () => {
    let api: TestApiServer;
    let kubelet: KubeletUnderTest;
    const node = 'sim-node-1';

    beforeAll(async () => {
      api = await startApiServer({ args: ['--enable-admission-plugins=NodeRestriction', '--allow-loopback-proxies'] });
      kubelet = await startKubelet(
        api,
        { runtime: 'sim', nodes: 3, 'enable-system-log-handler': false },
        { nodes: ['sim-node-0', 'sim-node-1', 'sim-node-2'] },
      );
    });
    afterAll(async () => {
      await kubelet?.process.stop();
      await api?.stop();
    });

    const getPod = async (name: string): Promise<Pod> =>
      JSON.parse(await kubelet.kubectl('get', 'pod', name, '-o', 'json')) as Pod;
    const untilPhase = (name: string, phase: string) =>
      eventually(
        async () => {
          const pod = await getPod(name);
          if (pod.status?.phase !== phase) throw new Error(JSON.stringify(pod.status));
          return pod;
        },
        { timeoutMs: 60_000 },
      );

    it('registers nodes with capacity, addresses, labels and leases', async () => {
      const text = await kubelet.kubectl('get', 'node', node, '-o', 'json');
      expect(JSON.parse(text)).toMatchObject({
        metadata: { labels: { 'kubernetes.io/hostname': node, 'kubernetes.io/os': 'linux' } },
        spec: { podCIDR: '10.128.1.0/24' },
        status: { allocatable: { pods: '110' }, addresses: [{ type: 'InternalIP', address: '127.0.0.1' }, {}] },
      });
      await eventually(async () => {
        const lease = await kubelet.kubectl('get', 'lease', node, '-n', 'kube-node-lease', '-o', 'json');
        expect(JSON.parse(lease)).toMatchObject({ spec: { holderIdentity: node, leaseDurationSeconds: 40 } });
      });
    });

    it('shows no logs of the machine where that is turned off, and says so', async () => {
      const proxied = `/api/v1/nodes/${node}/proxy`;
      await expect(kubelet.kubectl('get', '--raw', `${proxied}/logs/`)).rejects.toThrow(
        'the server does not allow this method on the requested resource',
      );
      expect(JSON.parse(await kubelet.kubectl('get', '--raw', `${proxied}/configz`))).toMatchObject({
        kubeletconfig: { enableSystemLogHandler: false },
      });
    });

    it('runs a pod: address, conditions, container status, events', async () => {
      await kubelet.apply(podOn(node, 'web', { containers: [{ name: 'main', image: 'web:1' }] }));
      const pod = await untilPhase('web', 'Running');
      expect(pod.status).toMatchObject({
        podIP: expect.stringMatching(/^10\.128\.1\.\d+$/) as string,
        hostIP: '127.0.0.1',
        qosClass: 'BestEffort',
        containerStatuses: [{ name: 'main', ready: true, started: true, restartCount: 0, image: 'web:1' }],
      });
      const conditions = Object.fromEntries((pod.status?.conditions ?? []).map(({ type, status }) => [type, status]));
      expect(conditions).toMatchObject({
        PodReadyToStartContainers: 'True',
        Initialized: 'True',
        Ready: 'True',
        ContainersReady: 'True',
        PodScheduled: 'True',
      });
      await eventually(
        async () => {
          const text = await kubelet.kubectl(
            'get',
            'events',
            '--field-selector',
            'involvedObject.name=web',
            '-o',
            'json',
          );
          const reasons = (JSON.parse(text) as { items: { reason: string }[] }).items.map(({ reason }) => reason);
          expect(reasons).toEqual(expect.arrayContaining(['Pulled', 'Created', 'Started']));
        },
        { timeoutMs: 60_000 },
      );
    });

    it('serves logs and exec through the API server', async () => {
      const command = ['sh', '-c', 'echo hello; sleep 3600'];
      await kubelet.apply(podOn(node, 'talker', { containers: [{ name: 'main', image: 'x:1', command }] }));
      await untilPhase('talker', 'Running');
      await eventually(async () => expect(await kubelet.kubectl('logs', 'talker')).toBe('hello\n'));
      expect(await kubelet.kubectl('exec', 'talker', '--', 'echo', 'from', 'inside')).toBe('from inside\n');
    });

    it('ends a pod with its containers: Succeeded or Failed by the exit code', async () => {
      const spec = (script: string) => ({
        restartPolicy: 'Never',
        containers: [{ name: 'main', image: 'x:1', command: ['sh', '-c', script] }],
      });
      await kubelet.apply(podOn(node, 'good', spec('sleep 0.1; exit 0')));
      await kubelet.apply(podOn(node, 'bad', spec('exit 3')));
      expect((await untilPhase('good', 'Succeeded')).status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
        exitCode: 0,
        reason: 'Completed',
      });
      expect((await untilPhase('bad', 'Failed')).status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
        exitCode: 3,
        reason: 'Error',
      });
    });

    it('backs off a container that keeps failing', async () => {
      await kubelet.apply(
        podOn(node, 'crashing', { containers: [{ name: 'main', image: 'x:1', command: ['false'] }] }),
      );
      await eventually(
        async () => {
          const { status, metadata } = await getPod('crashing');
          expect(status?.containerStatuses?.[0]).toMatchObject({
            restartCount: 1,
            state: {
              waiting: {
                reason: 'CrashLoopBackOff',
                message: `back-off 10s restarting failed container=main pod=crashing_default(${metadata.uid})`,
              },
            },
            lastState: { terminated: { exitCode: 1 } },
          });
        },
        { timeoutMs: 60_000 },
      );
    });

    it('runs init containers before the others', async () => {
      const spec = {
        initContainers: [{ name: 'first', image: 'x:1', command: ['sleep', '0.2'] }],
        containers: [{ name: 'main', image: 'x:1' }],
      };
      await kubelet.apply(podOn(node, 'initial', spec));
      const pod = await untilPhase('initial', 'Running');
      const first = pod.status?.initContainerStatuses?.[0]?.state?.terminated;
      const second = pod.status?.containerStatuses?.[0]?.state?.running;
      expect(first).toMatchObject({ exitCode: 0, reason: 'Completed' });
      expect(Date.parse(second?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(first?.finishedAt ?? ''));
    });

    it('says why a container cannot be configured, and starts it once it can', async () => {
      const env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'later', key: 'a' } } }];
      await kubelet.apply(podOn(node, 'wanting', { containers: [{ name: 'main', image: 'x:1', env }] }));
      await eventually(
        async () => {
          const { status } = await getPod('wanting');
          expect(status?.containerStatuses?.[0]?.state?.waiting).toEqual({
            reason: 'CreateContainerConfigError',
            message: 'configmaps "later" not found',
          });
        },
        { timeoutMs: 60_000 },
      );
      await kubelet.kubectl('create', 'configmap', 'later', '--from-literal=a=1');
      await untilPhase('wanting', 'Running');
    });

    it('rejects a pod that does not fit', async () => {
      const resources = { requests: { cpu: '33' } };
      await kubelet.apply(podOn(node, 'big', { containers: [{ name: 'main', image: 'x:1', resources }] }));
      const pod = await untilPhase('big', 'Failed');
      expect(pod.status).toMatchObject({
        reason: 'OutOfcpu',
        message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 33, used: 0, capacity: 32",
      });
    });

    it('lets a deleted pod end and then removes the object', async () => {
      await kubelet.apply(podOn(node, 'leaving', { containers: [{ name: 'main', image: 'x:1' }] }));
      await untilPhase('leaving', 'Running');
      await kubelet.kubectl('delete', 'pod', 'leaving', '--timeout=60s');
      expect(await kubelet.kubectl('get', 'pods', '-o', 'name')).not.toContain('pod/leaving');
    });
  },
);
