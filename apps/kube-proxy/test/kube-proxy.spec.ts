import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EndpointSlice, Service } from '@nestor/api';
import { KubernetesClient, refs } from '@nestor/client';
import { clusterIdentities } from '@nestor/pki';
import {
  createNetns,
  describeWhen,
  eventually,
  missingTools,
  repositoryRoot,
  startApiServer,
  startProcess,
  temporaryDirectory,
  type Netns,
  type TestApiServer,
  type TestProcess,
} from '@nestor/testing';
import { openDoor } from './api-door';

const execute = promisify(execFile);
const mainOf = (app: string) => join(repositoryRoot(), 'apps', app, 'dist', 'main.js');
const missing = missingTools('ip', 'nsenter', 'busybox', 'iptables', 'setpriv');
const built = existsSync(mainOf('apiserver')) && existsSync(mainOf('kube-proxy'));
const able = process.getuid?.() === 0 && missing.length === 0 && built;
const why = !built
  ? 'build apiserver and kube-proxy first'
  : missing.length > 0
    ? `not installed: ${missing.join(', ')}`
    : 'network namespaces need root';

/** The built kube-proxy as a process in a network namespace, against a real API server. */
describeWhen(able, `kube-proxy: ${why}`)('kube-proxy', () => {
  jest.setTimeout(120_000);
  const backends = ['192.0.2.21', '192.0.2.22', '192.0.2.23'];
  const files = temporaryDirectory('kube-proxy');
  const processes: TestProcess[] = [];
  let netns: Netns;
  let api: TestApiServer;
  let door: { close(): Promise<void> };
  let client: KubernetesClient;
  let kubeconfig: string;
  let service: Service;

  const inside = async (command: string): Promise<string> => {
    const [file, ...args] = netns.command('sh', '-c', command);
    return (await execute(file, args)).stdout;
  };
  const start = (args: string[], prefix: string[] = []): TestProcess => {
    const flags = [
      '--kubeconfig',
      kubeconfig,
      '--node-name',
      'here',
      '--observability-port=10249',
      '--healthz-port=10256',
      '--sync-period-seconds=1',
    ];
    const command = [...prefix, process.execPath, '--enable-source-maps', mainOf('kube-proxy'), ...flags, ...args];
    const started = startProcess(command[0]!, { args: command.slice(1), netns: netns.name });
    processes.push(started);
    return started;
  };
  const get = (port: number, path: string, host = '127.0.0.1') =>
    inside(`printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' | timeout 5 busybox nc -w 3 ${host} ${port}`);
  const page = async (host: string, port: number) => (await get(port, '/', host)).split('\r\n\r\n')[1]?.trim();
  const rules = () => inside('iptables-save');

  function slice(name: string, addresses: string[]): EndpointSlice {
    return {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      ports: [{ name: '', port: 8080, protocol: 'TCP' }],
      endpoints: addresses.map((address) => ({ addresses: [address], nodeName: 'here', conditions: { ready: true } })),
    };
  }

  beforeAll(async () => {
    netns = createNetns();
    for (const address of backends) {
      await inside(`ip address add ${address}/32 dev lo`);
      const folder = join(files.path, address);
      mkdirSync(folder);
      writeFileSync(join(folder, 'index.html'), address);
      const args = ['httpd', '-f', '-p', `${address}:8080`, '-h', folder];
      processes.push(startProcess('busybox', { args, netns: netns.name }));
    }
    api = await startApiServer();
    door = await openDoor(netns, api.port);
    client = new KubernetesClient({ kubeconfig: api.adminKubeconfig, component: 'test' });
    kubeconfig = await api.kubeconfigFor(clusterIdentities.kubeProxy);
    service = await client.resource(refs.services).create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default' },
      spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    await client.resource(refs.endpointSlices).create(slice('web-1', backends));
  });
  afterEach(async () => {
    while (processes.length > backends.length) await processes.pop()!.stop();
  });
  afterAll(async () => {
    client?.close();
    await door?.close();
    await api?.stop();
    for (const each of processes) await each.kill();
    netns?.remove();
    files.remove();
  });

  test('makes service IPs and node ports answer, follows changes and puts back what was flushed', async () => {
    start([]);
    const ip = service.spec!.clusterIP!;
    const nodePort = service.spec!.ports![0]!.nodePort!;
    await eventually(async () => expect(backends).toContain(await page(ip, 80)));
    const seen = new Set<string | undefined>();
    for (let i = 0; i < 60 && seen.size < 3; i++) seen.add(await page(ip, 80));
    expect(seen).toEqual(new Set(backends));
    expect(backends).toContain(await page('127.0.0.1', nodePort));

    const slices = client.resource(refs.endpointSlices);
    const live = await slices.get('web-1', 'default');
    await slices.update({ ...live, endpoints: slice('', [backends[1]!]).endpoints });
    await eventually(async () => expect(await rules()).not.toContain(`${backends[0]}:8080`));
    expect(await page(ip, 80)).toBe(backends[1]);

    await inside('for t in nat filter mangle; do iptables -t $t -F; iptables -t $t -X; done');
    expect(await rules()).not.toContain('KUBE-');
    await eventually(async () => expect(await page(ip, 80)).toBe(backends[1]));

    await client.resource(refs.services).delete('web', 'default');
    await eventually(async () => expect(await rules()).not.toContain('default/web'));
  });

  test('tells its health and numbers as kube-proxy does, and leaves the rules when it stops', async () => {
    const running = start([]);
    await eventually(async () => expect(await get(10249, '/readyz')).toContain('200 OK'));
    await eventually(async () => {
      const [head, body] = (await get(10256, '/healthz')).split('\r\n\r\n');
      expect(head).toContain('200 OK');
      expect(JSON.parse(body!)).toMatchObject({ nodeEligible: true, lastUpdated: expect.any(String) });
      const metrics = await get(10249, '/metrics');
      expect(metrics).toMatch(/kubeproxy_sync_proxy_rules_duration_seconds_count [1-9]/);
      expect(metrics).toMatch(/kubeproxy_sync_proxy_rules_iptables_total\{table="nat"\} [1-9]/);
    });
    await running.stop();
    expect(await rules()).toContain('KUBE-SERVICES');
  });

  test('--cleanup removes the rules and exits', async () => {
    const cleanup = start(['--cleanup']);
    expect([await cleanup.exited, cleanup.output()]).toEqual([0, expect.any(String)]);
    expect(cleanup.output()).toContain('removed the rules of proxy mode iptables');
    expect(await rules()).not.toContain('KUBE-');
  });

  test('mode none leaves the machine alone and says so', async () => {
    const running = start(['--proxy-mode', 'none']);
    await eventually(() => expect(running.output()).toContain('proxy mode none'));
    await eventually(async () => expect(await get(10249, '/readyz')).toContain('200 OK'));
    expect(await rules()).not.toContain('KUBE-');
  });

  test('without the right to change rules it says why and does nothing', async () => {
    const running = start([], ['setpriv', '--bounding-set=-net_admin', '--inh-caps=-net_admin']);
    await eventually(() => expect(running.output()).toContain('service IPs will not work here'));
    await eventually(async () => expect(await get(10249, '/readyz')).toContain('200 OK'));
    await eventually(() => expect(running.output()).toMatch(/Permission denied|not permitted/));
  });

  test('a mode that is not there is refused', async () => {
    const refused = start(['--proxy-mode', 'ipvs']);
    expect(await refused.exited).not.toBe(0);
    expect(refused.output()).toContain('proxy mode "ipvs" is not available; there is iptables (and "none")');
  });
});
