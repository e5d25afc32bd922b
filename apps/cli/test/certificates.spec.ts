import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { eventually, startCluster, type TestCluster } from '@nestor/testing';

/** Its last fifth is time enough to renew, and for everybody to see that (they look every ten seconds) before the end. */
const validSeconds = 60;
const clients = ['controller-manager', 'kube-proxy', 'scheduler', 'sim-nodes'];

describe('the certificates of a cluster', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ runtime: 'sim', nodes: 1, args: [`--certificate-validity-period=${validSeconds}`] });
  }, 180_000);
  afterAll(() => cluster?.stop(), 120_000);
  const out = async (...args: string[]) => (await cluster.kubectl(args)).stdout;
  const certificate = (name: string) => new X509Certificate(readFileSync(join(cluster.data, 'pki', `${name}.crt`)));
  const fingerprints = (names: readonly string[]) => names.map((name) => certificate(name).fingerprint256);

  const served = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const { port, hostname: host } = new URL(/server: (\S+)/.exec(readFileSync(cluster.kubeconfig, 'utf8'))![1]!);
      const ca = readFileSync(join(cluster.data, 'pki', 'ca.crt'));
      const socket = connect({ host, port: Number(port), ca }, () => {
        resolve(socket.getPeerX509Certificate()!.fingerprint256);
        socket.destroy();
      });
      socket.on('error', reject);
    });

  it('are listed with their ends', async () => {
    const { code, output } = await cluster.nestor('certs', 'check-expiration');
    expect(code).toBe(0);
    expect(output).toMatch(/^CERTIFICATE +EXPIRES +RESIDUAL TIME +CERTIFICATE AUTHORITY +EXTERNALLY MANAGED$/m);
    for (const name of ['admin', 'apiserver', 'controller-manager', 'scheduler']) {
      expect(output).toMatch(new RegExp(`^${name} +\\w{3} \\d\\d, \\d{4} \\d\\d:\\d\\d UTC +\\d+[sm] +ca +no$`, 'm'));
    }
    expect(output).toMatch(/^front-proxy-client .* front-proxy-ca +no$/m);
    expect(output).toMatch(/^ca +\w{3} .* 9y +no$/m);
  });

  it('are renewed before they end, and everything goes on with the new ones', async () => {
    const files = readdirSync(join(cluster.data, 'pki')).filter((file) => file.endsWith('.crt'));
    const names = files.map((file) => file.slice(0, -'.crt'.length)).filter((name) => !name.endsWith('ca'));
    expect(names).toEqual(expect.arrayContaining(['kube-proxy', 'kubelet-sim', 'nats', 'node-sim', 'simulated-nodes']));
    const before = fingerprints(names);
    const ends = Math.max(...names.map((name) => Date.parse(certificate(name).validTo)));
    const processes = cluster.processes();
    await eventually(() => expect(Date.now()).toBeGreaterThan(ends + 1000), {
      timeoutMs: validSeconds * 1000,
      intervalMs: 1000,
    });
    for (const [at, fingerprint] of fingerprints(names).entries()) expect(fingerprint).not.toBe(before[at]);
    await eventually(async () => expect(await served()).toBe(certificate('apiserver').fingerprint256));

    // Through all of them: the API server, both of its clients that act, and the kubelet that it asks in turn.
    await out('create', 'deployment', 'web', '--image=busybox');
    await out('rollout', 'status', 'deployment/web', '--timeout=60s');
    expect(await out('exec', 'deployment/web', '--', 'echo', 'hello')).toBe('hello\n');
    for (const component of clients) {
      expect(cluster.log(component)).toContain('using new credentials');
      expect(cluster.log(component)).not.toMatch(/expired|Unauthorized/);
    }
    expect(cluster.processes()).toEqual(processes);
  }, 240_000);

  it('are renewed by hand, one or all', async () => {
    const [scheduler] = fingerprints(['scheduler']);
    expect(await cluster.nestor('certs', 'renew', 'scheduler')).toMatchObject({
      code: 0,
      output: 'certificate scheduler renewed\n',
    });
    expect(fingerprints(['scheduler'])).not.toEqual([scheduler]);
    const { code, output } = await cluster.nestor('certs', 'renew', 'nobody');
    expect(code).toBe(1);
    expect(output).toMatch(/there is no certificate nobody; there are: admin, apiserver, /);
    const admin = readFileSync(cluster.kubeconfig, 'utf8');
    expect((await cluster.nestor('certs', 'renew', 'all')).output).toContain('certificate admin renewed');
    expect(readFileSync(cluster.kubeconfig, 'utf8')).not.toBe(admin);
    expect(await out('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')).toBe('kubernetes-admin');
  });
});
