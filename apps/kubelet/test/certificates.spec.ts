import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { request } from 'node:https';
import { clusterIdentities } from '@nestor/pki';
import {
  describeWhen,
  eventually,
  freePort,
  kubectl,
  repositoryRoot,
  startApiServer,
  startProcess,
  temporaryDirectory,
  type TestApiServer,
  type TestProcess,
} from '@nestor/testing';
import { isBuilt, main } from './kubelet-under-test';

jest.setTimeout(180_000);
const managerMain = join(repositoryRoot(), 'apps/controller-manager/dist/main.js');
const group = 'system:bootstrappers:test';
const role = (kind: string): string => `system:certificates.k8s.io:certificatesigningrequests:${kind}`;
const controllers = ['signing', 'approving'].map((part) => `certificatesigningrequest-${part}-controller`);
/** Requests are issued with five minutes of the past, so this much is renewed within half a minute. */
const signingSeconds = 60;

interface Request {
  metadata: { name: string };
  spec: { signerName: string; username: string; usages: string[] };
  status: { certificate?: string };
}

describeWhen(isBuilt && existsSync(managerMain), 'the certificates of a kubelet: needs the built apps')(
  'the certificates of a kubelet',
  () => {
    const directory = temporaryDirectory('kubelet-certificates');
    const at = (name: string): string => join(directory.path, name);
    const clientPem = at('pki/kubelet-client-current.pem');
    let api: TestApiServer;
    let manager: TestProcess;
    let kubelet: TestProcess;
    let port: number;

    const run = async (...args: string[]): Promise<string> =>
      (await kubectl(args, { kubeconfig: api.adminKubeconfig })).stdout;
    const requests = async (signer: string): Promise<Request[]> => {
      const { items } = JSON.parse(await run('get', 'csr', '-o', 'json')) as { items: Request[] };
      return items.filter(({ spec }) => spec.signerName === `kubernetes.io/${signer}`);
    };
    const startKubelet = (flags: Record<string, string | number> = {}): TestProcess => {
      const all = {
        runtime: 'sim',
        'node-name': 'joined',
        'node-name-prefix': '',
        'root-dir': directory.path,
        kubeconfig: at('kubelet.conf'),
        'bootstrap-kubeconfig': at('bootstrap.conf'),
        'client-ca-file': api.caFile,
        'rotate-certificates': 'true',
        'rotate-server-certificates': 'true',
        'node-ip': '127.0.0.1',
        port,
        ...flags,
      };
      const args = Object.entries(all).map(([name, value]) => `--${name}=${value}`);
      return startProcess(process.execPath, { args: [main, ...args] });
    };

    beforeAll(async () => {
      api = await startApiServer();
      port = await freePort();
      manager = startProcess(process.execPath, {
        args: [
          managerMain,
          `--kubeconfig=${await api.kubeconfigFor(clusterIdentities.controllerManager)}`,
          '--leader-elect=false',
          '--observability-port=0',
          `--controllers=${controllers.join(',')}`,
          `--cluster-signing-cert-file=${api.pki.caFile}`,
          `--cluster-signing-key-file=${api.pki.caKeyFile}`,
          `--cluster-signing-duration=${signingSeconds}`,
        ],
      });
      const bind = (name: string, clusterRole: string, to: string) =>
        run('create', 'clusterrolebinding', name, `--clusterrole=${clusterRole}`, `--group=${to}`);
      await bind('bootstrap', 'system:node-bootstrapper', group);
      await bind('approve', role('nodeclient'), group);
      await bind('renew', role('selfnodeclient'), 'system:nodes');
      const identity = { file: 'bootstrap', commonName: 'bootstrap', organizations: [group] };
      await api.pki.writeKubeconfig(at('bootstrap.conf'), identity, api.url);
      kubelet = startKubelet();
    });
    afterAll(async () => {
      await kubelet?.stop();
      await manager?.stop();
      await api?.stop();
      directory.remove();
    });

    it('begin with one that it asks for, as who may ask, and that its kubeconfig names', async () => {
      await eventually(async () => expect(await run('get', 'node', 'joined')).toContain(' Ready '), {
        timeoutMs: 60_000,
      });
      const all = await requests('kube-apiserver-client-kubelet');
      const first = all.find(({ metadata }) => metadata.name.startsWith('node-csr-'));
      expect(first?.spec).toMatchObject({ username: 'bootstrap', usages: ['digital signature', 'client auth'] });
      const issued = new X509Certificate(Buffer.from(first?.status.certificate ?? '', 'base64'));
      expect(issued.subject).toBe('O=system:nodes\nCN=system:node:joined');
      expect(readFileSync(at('kubelet.conf'), 'utf8')).toContain(`client-certificate: "${clientPem}"`);
      for (const file of [clientPem, at('kubelet.conf')]) expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(existsSync(at('pki/kubelet-client.key.tmp'))).toBe(false);
    });

    it('serve with one that somebody approves', async () => {
      let asked: Request | undefined;
      await eventually(async () => expect((asked = (await requests('kubelet-serving'))[0])).toBeDefined());
      expect(asked?.spec).toMatchObject({
        username: 'system:node:joined',
        usages: ['digital signature', 'server auth'],
      });
      await expect(handshake()).rejects.toThrow();
      await run('certificate', 'approve', asked!.metadata.name);
      await eventually(async () => {
        const served = await handshake();
        expect(served.subject).toBe('O=system:nodes\nCN=system:node:joined');
        expect(served.subjectAltName).toBe('DNS:joined, IP Address:127.0.0.1');
      });
    });

    it('are renewed while the kubelet goes on, and seen in its metrics', async () => {
      const before = readFileSync(clientPem, 'utf8');
      const { pid } = kubelet.child;
      await eventually(() => expect(readFileSync(clientPem, 'utf8')).not.toBe(before), { timeoutMs: 60_000 });
      const renewed = new X509Certificate(readFileSync(clientPem, 'utf8'));
      const askers = (await requests('kube-apiserver-client-kubelet')).map(({ spec }) => spec.username);
      expect(askers).toContain('system:node:joined');
      await eventually(() => expect(kubelet.output()).toContain('using new credentials'), { timeoutMs: 60_000 });
      expect(kubelet.child.pid).toBe(pid);

      const metrics = await metricsOf();
      const value = (name: string): number => Number(new RegExp(`^${name} (.+)$`, 'm').exec(metrics)?.[1]);
      expect(value('kubelet_certificate_manager_client_expiration_seconds')).toBeGreaterThanOrEqual(
        Date.parse(renewed.validTo) / 1000,
      );
      expect(value('kubelet_certificate_manager_client_ttl_seconds')).toBeLessThanOrEqual(signingSeconds);
      expect(value('kubelet_certificate_manager_server_ttl_seconds')).toBeLessThanOrEqual(signingSeconds);
      expect(value('kubelet_certificate_manager_client_expiration_renew_errors')).toBe(0);
      expect(value('kubelet_server_expiration_renew_errors')).toBe(0);
    });

    it('are found again by the next kubelet, which asks nobody', async () => {
      await kubelet.stop();
      kubelet = startKubelet({ 'bootstrap-kubeconfig': at('absent'), 'rotate-server-certificates': 'false' });
      await eventually(() => expect(kubelet.output()).toContain('nodes registered'), { timeoutMs: 60_000 });
    });

    it('are not had by whoever may not ask for them', async () => {
      await kubelet.stop();
      const stranger = { file: 'stranger', commonName: 'stranger', organizations: [] };
      await api.pki.writeKubeconfig(at('stranger.conf'), stranger, api.url);
      const flags = {
        'bootstrap-kubeconfig': at('stranger.conf'),
        kubeconfig: at('other.conf'),
        'cert-dir': at('other'),
      };
      kubelet = startKubelet(flags);
      expect(await kubelet.exited).toBe(1);
      expect(kubelet.output()).toContain(
        'cannot start: certificatesigningrequests.certificates.k8s.io is forbidden: User "stranger" cannot create resource',
      );
      expect(existsSync(at('other.conf'))).toBe(false);
    });

    function handshake(): Promise<X509Certificate> {
      return new Promise((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port, ca: readFileSync(api.caFile) }, () => {
          resolve(new X509Certificate(socket.getPeerCertificate().raw));
          socket.destroy();
        });
        socket.on('error', reject);
      });
    }

    async function metricsOf(): Promise<string> {
      const { certificateFile, keyFile } = await api.pki.client(clusterIdentities.kubeletClient);
      const options = {
        host: '127.0.0.1',
        port,
        path: '/metrics',
        ca: readFileSync(api.caFile),
        cert: readFileSync(certificateFile),
        key: readFileSync(keyFile),
      };
      return new Promise((resolve, reject) => {
        request(options, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.on('end', () => resolve(text));
        })
          .on('error', reject)
          .end();
      });
    }
  },
);
