import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildBusyboxImage,
  createNeighbour,
  createNetns,
  describeWhen,
  eventually,
  missingTools,
  repositoryRoot,
  startCluster,
  startProcess,
  temporaryDirectory,
  type Netns,
  type TestCluster,
} from '@nestor/testing';

const missing = missingTools('containerd', 'runc', 'iptables', 'ip', 'busybox');
const possible = process.getuid?.() === 0 && missing.length === 0;
/** Issued with five minutes of the past, so that it is due within a minute and a half. */
const signingSeconds = 130;

interface Said {
  code: number | null;
  output: string;
}

/** Two machines on one network: the one has the cluster, the other joins it with what the first one printed. */
describeWhen(possible, `a second machine needs root and ${missing.join(', ') || 'root'}`)('a second machine', () => {
  const files = temporaryDirectory('join');
  const data = join(files.path, 'second');
  let [first, second]: Netns[] = [];
  let cluster: TestCluster;
  let joining: string[];

  const out = async (...args: string[]) => (await cluster.kubectl(args)).stdout;
  const apply = (manifest: object) => cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(manifest) });
  /** nestor on the second machine. */
  const nestor = async (...args: string[]): Promise<Said> => {
    const started = startProcess(join(repositoryRoot(), 'nestor'), {
      args: [...args, '--data', data],
      netns: second!.name,
      env: { NESTOR_SKIP_BUILD: '1', NESTOR_LIFELINE_FD: undefined },
    });
    return { code: await started.exited, output: started.output() };
  };
  /** The words after `./nestor node join` that a new token gives. */
  const joinWords = async (...options: string[]): Promise<string[]> => {
    const { code, output } = await cluster.nestor('token', 'create', '--print-join-command', ...options);
    if (code !== 0) throw new Error(output);
    return output.trim().split(' ').slice(3);
  };
  const log = (component: string): string => readFileSync(join(data, 'logs', `${component}.log`), 'utf8');
  const kubeletPid = (): number => {
    const state = JSON.parse(readFileSync(join(data, 'run', 'processes.json'), 'utf8')) as {
      components: Record<string, { pid: number }>;
    };
    return state.components['kubelet']!.pid;
  };
  const web = (name: string, nodeName: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      nodeSelector: { 'kubernetes.io/hostname': nodeName },
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'main',
          image: 'busybox:1.36',
          command: ['sh', '-c', `mkdir -p /www && echo ${name} > /www/index.html && exec httpd -f -p 8080 -h /www`],
          readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
        },
      ],
    },
  });
  const ready = (...pods: string[]) =>
    out('wait', '--for=condition=Ready', '--timeout=90s', ...pods.map((pod) => `pod/${pod}`));

  beforeAll(async () => {
    first = createNetns();
    second = createNeighbour(first);
    cluster = await startCluster({
      runtime: 'containerd',
      netns: first.name,
      args: ['--node-name=first', `--cluster-signing-duration=${signingSeconds}`],
    });
    joining = await joinWords('--description', 'for the second machine');
  }, 240_000);

  afterAll(async () => {
    if (second) await nestor('node', 'leave');
    await cluster?.stop();
    second?.remove();
    first?.remove();
    files.remove();
  }, 180_000);

  describe('is refused', () => {
    const change = (words: string[], flag: string, value: string): string[] =>
      words.map((word, at) => (words[at - 1] === flag ? value : word));
    it.each<[string, () => Promise<string[]>, string]>([
      [
        'with a token that nobody made',
        () => Promise.resolve(change(joining, '--token', 'abcdef.0123456789abcdef')),
        'token id "abcdef" is invalid for this cluster or it has expired',
      ],
      [
        'with the secret of another token',
        () => {
          const [id] = joining[joining.indexOf('--token') + 1]!.split('.');
          return Promise.resolve(change(joining, '--token', `${id}.0123456789abcdef`));
        },
        'failed to verify the JWS signature',
      ],
      [
        'with the hash of another authority',
        () => Promise.resolve(change(joining, '--discovery-token-ca-cert-hash', `sha256:${'0'.repeat(64)}`)),
        'the cluster CA found in the cluster-info ConfigMap is invalid: none of the public keys',
      ],
      [
        'without a hash',
        () => Promise.resolve(joining.slice(0, joining.indexOf('--discovery-token-ca-cert-hash'))),
        'can be unsafe',
      ],
      [
        'with a token that may not authenticate',
        () => joinWords('--usages=signing', '--groups='),
        'does not accept the token',
      ],
      [
        'by the name of a node that is there',
        () => Promise.resolve([...joining, '--name=first']),
        'already exists in the cluster',
      ],
    ])('%s', async (_, words, why) => {
      const { code, output } = await nestor('node', 'join', '--name=second', '--timeout=5', ...(await words()));
      expect(output).toContain('the node did not join');
      expect(output).toContain(why);
      expect(code).toBe(1);
    });

    it('with a token whose time is over', async () => {
      const words = await joinWords('--ttl=1s');
      const id = words[words.indexOf('--token') + 1]!.split('.')[0]!;
      await eventually(async () => expect((await cluster.nestor('token', 'list')).output).not.toContain(id));
      const { code, output } = await nestor('node', 'join', '--name=second', '--timeout=5', ...words);
      expect(output).toContain(`token id "${id}" is invalid for this cluster or it has expired`);
      expect(code).toBe(1);
    });
  });

  it('joins with one command and a token', async () => {
    const { code, output } = await nestor('node', 'join', ...joining, '--name=second', '--detach');
    expect(output).toContain(`This machine is the node second of https://${first!.address}:`);
    expect(code).toBe(0);
    expect(await out('get', 'nodes', '--no-headers')).toMatch(/^first +Ready .*\nsecond +Ready /);
    const wide = await out('get', 'node', 'second', '-o', 'jsonpath={.status.addresses[0].address} {.spec.podCIDR}');
    expect(wide).toMatch(new RegExp(`^${second!.address} 10\\.244\\.[1-9]\\d*\\.0/24$`));
    expect((await nestor('status')).output).toContain('is ready');
    expect((await nestor('node', 'join', ...joining, '--name=other')).output).toContain('The node is running already');
  }, 240_000);

  it('got its certificates by requests that were approved by themselves', async () => {
    await eventually(async () => {
      const requests = await out('get', 'csr', '--no-headers');
      expect(requests).toMatch(
        /^node-csr-\S+ .*kube-apiserver-client-kubelet +system:bootstrap:\S+ .*Approved,Issued$/m,
      );
      expect(requests).toMatch(/^csr-\S+ .*kubelet-serving +system:node:second .*Approved,Issued$/m);
    });
  });

  it('runs pods, which are reached from the first machine', async () => {
    const image = await buildBusyboxImage(join(files.path, 'busybox.tar'), 'docker.io/library/busybox:1.36');
    for (const imported of [
      await cluster.nestor('image', 'import', image.file),
      await nestor('image', 'import', image.file),
    ]) {
      expect(imported).toMatchObject({ code: 0 });
    }
    await apply(web('here', 'first'));
    await apply(web('there', 'second'));
    await apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'there' },
      spec: { selector: { app: 'there' }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    await ready('here', 'there');
    // Over the kubelet's own serving certificate, which the API server verifies.
    expect(await out('exec', 'there', '--', 'cat', '/www/index.html')).toBe('there\n');
    const service = await out('get', 'service', 'there', '-o', 'jsonpath={.spec.clusterIP}');
    const address = await out('get', 'pod', 'here', '-o', 'jsonpath={.status.podIP}');
    const ask = (pod: string, url: string) => out('exec', pod, '--', 'wget', '-q', '-O', '-', `http://${url}/`);
    await eventually(async () => expect(await ask('here', service)).toBe('there\n'));
    await eventually(async () => expect(await ask('there', `${address}:8080`)).toBe('here\n'));
    await eventually(async () => expect(await ask('there', service)).toBe('there\n'));
  }, 180_000);

  it('goes on with a new certificate without a restart', async () => {
    const link = join(data, 'kubelet', 'pki', 'kubelet-client-current.pem');
    const pid = kubeletPid();
    const before = readlinkSync(link);
    await eventually(() => expect(readlinkSync(link)).not.toBe(before), { timeoutMs: 120_000, intervalMs: 500 });
    await eventually(() => expect(log('kubelet')).toContain('using new credentials'), { timeoutMs: 60_000 });
    await eventually(() => expect(log('kube-proxy')).toContain('using new credentials'), { timeoutMs: 60_000 });
    await apply(web('later', 'second'));
    await ready('later');
    expect(await out('exec', 'later', '--', 'hostname')).toBe('later\n');
    expect(kubeletPid()).toBe(pid);
  }, 240_000);

  it('stops, starts again by what it wrote down, and leaves', async () => {
    expect(await nestor('node', 'stop')).toMatchObject({ code: 0 });
    const again = await nestor('node', 'start', '--detach');
    expect(again.output).toContain('This machine is the node second');
    await ready('there');
    const left = await nestor('node', 'leave');
    expect(left.output).toContain('kubectl delete node second');
    await out('delete', 'node', 'second');
    expect((await nestor('node', 'start')).output).toContain('is not of a node that has joined a cluster');
  }, 240_000);
});
