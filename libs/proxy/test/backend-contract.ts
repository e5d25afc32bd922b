import { describeWhen, missingTools } from '@nestor/testing';
import type { RunCommand } from '../src/kernel/run-command';
import type { ProxyBackend } from '../src/proxy-backend';
import type { ServicePort } from '../src/state/service-port';
import { PodNetwork, type TestPod } from './pod-network';
import { endpoint, servicePort } from './ports';

const able = process.getuid?.() === 0;

/** What every backend must do, on a real kernel. `create` gets the way to run programs on the node under test. */
export function describeBackend(mode: string, tools: string[], create: (run: RunCommand) => ProxyBackend): void {
  const missing = missingTools('ip', 'nsenter', 'busybox', ...tools);
  const why = able ? `not installed: ${missing.join(', ')}` : 'network namespaces need root';
  describeWhen(able && missing.length === 0, `proxy mode ${mode} on a real kernel: ${why}`)(
    `proxy mode ${mode}`,
    () => {
      jest.setTimeout(60_000);
      let network: PodNetwork;
      let backend: ProxyBackend;
      let pods: TestPod[];
      let client: TestPod;

      const vip = '10.96.0.9';
      const web = (overrides: Partial<ServicePort> = {}): ServicePort =>
        servicePort({
          name: 'default/web',
          clusterIP: vip,
          endpoints: pods.map((pod) => endpoint(pod.ip, { port: 8080, local: true })),
          ...overrides,
        });
      const answers = async (
        from: string,
        { host = vip, port = 80, count = 40 } = {},
      ): Promise<Set<string | undefined>> => {
        const found = new Set<string | undefined>();
        for (let i = 0; i < count && found.size < 4; i++) found.add(await network.fetch(from, host, port));
        return found;
      };

      beforeAll(async () => {
        network = await PodNetwork.create();
        pods = [await network.addPod('a'), await network.addPod('b'), await network.addPod('c')];
        client = await network.addPod('client');
        backend = create(network.run);
        await backend.check();
      });
      afterEach(() => backend.cleanup());
      afterAll(() => network?.remove());

      test('a pod reaches every endpoint by the cluster IP', async () => {
        await backend.sync({ ports: [web()] });
        expect(await answers(client.ip)).toEqual(new Set(['a', 'b', 'c']));
      });

      test('the node reaches it, and an endpoint reaches itself', async () => {
        await backend.sync({ ports: [web({ endpoints: [endpoint(pods[0]!.ip, { port: 8080 })] })] });
        expect(await network.fetch('', vip, 80)).toBe('a');
        expect(await network.fetch(pods[0]!.ip, vip, 80)).toBe('a');
      });

      test('a node port answers on the node’s address and on loopback', async () => {
        await backend.sync({ ports: [web({ nodePort: 30_080 })] });
        expect(await answers(client.ip, { host: network.nodeIP, port: 30_080 })).toEqual(new Set(['a', 'b', 'c']));
        expect(['a', 'b', 'c']).toContain(await network.fetch('', '127.0.0.1', 30_080));
      });

      test('endpoints that go are left alone, a service without any refuses at once', async () => {
        await backend.sync({ ports: [web()] });
        await backend.sync({ ports: [web({ endpoints: [endpoint(pods[2]!.ip, { port: 8080 })] })] });
        expect(await answers(client.ip, { count: 10 })).toEqual(new Set(['c']));
        await backend.sync({ ports: [web({ endpoints: [] })] });
        expect(await network.connect(client.ip, vip, 80)).toBe('refused');
      });

      test('session affinity sends a client to one endpoint', async () => {
        await backend.sync({ ports: [web({ affinitySeconds: 60 })] });
        expect((await answers(client.ip, { count: 15 })).size).toBe(1);
      });

      test('a Local policy serves only what runs here', async () => {
        const endpoints = pods.map((pod, index) => endpoint(pod.ip, { port: 8080, local: index === 1 }));
        await backend.sync({ ports: [web({ internalLocal: true, externalLocal: true, nodePort: 30_080, endpoints })] });
        expect(await answers(client.ip, { count: 10 })).toEqual(new Set(['b']));
        const away = endpoints.map((one) => ({ ...one, local: false }));
        await backend.sync({ ports: [web({ internalLocal: true, endpoints: away })] });
        expect(await network.connect(client.ip, vip, 80)).toBe('silent');
      });

      test('the same state again touches nothing', async () => {
        expect((await backend.sync({ ports: [web()] })).changed).toBe(true);
        expect((await backend.sync({ ports: [web()] })).changed).toBe(false);
      });

      test('another process takes over and removes what is stale', async () => {
        await backend.sync({ ports: [web(), web({ name: 'default/old', clusterIP: '10.96.0.66' })] });
        const next = create(network.run);
        await next.sync({ ports: [web()] }, { full: true });
        expect(await network.fetch(client.ip, '10.96.0.66', 80)).toBeUndefined();
        expect(await network.fetch(client.ip, vip, 80)).toBeDefined();
      });

      test('cleanup leaves nothing behind, and no service answers', async () => {
        await backend.sync({ ports: [web({ nodePort: 30_080 })] });
        expect(await backend.intact()).toBe(true);
        await backend.cleanup();
        expect(await backend.intact()).toBe(false);
        expect(await network.run('iptables-save', [])).not.toContain('KUBE-');
        expect(await network.connect('', network.nodeIP, 30_080)).toBe('refused');
      });

      test('rules that somebody flushed come back with a full sync', async () => {
        await backend.sync({ ports: [web()] });
        await network.run('sh', ['-c', 'for t in nat filter mangle; do iptables -t $t -F; iptables -t $t -X; done']);
        expect(await backend.intact()).toBe(false);
        await backend.sync({ ports: [web()] }, { full: true });
        expect(await network.fetch(client.ip, vip, 80)).toBeDefined();
      });
    },
  );
}
