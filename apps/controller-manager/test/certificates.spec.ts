import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clusterIdentities, nodeIdentity } from '@nestor/pki';
import {
  describeWhen,
  eventually,
  kubectl,
  missingTools,
  repositoryRoot,
  startApiServer,
  startProcess,
  temporaryDirectory,
  type TestApiServer,
  type TestProcess,
} from '@nestor/testing';

const execute = promisify(execFile);
const names = ['signing', 'approving', 'cleaner'].map((part) => `certificatesigningrequest-${part}-controller`);

describeWhen(missingTools('openssl').length === 0, 'openssl is absent')('certificates', () => {
  let server: TestApiServer;
  let manager: TestProcess;
  const directory = temporaryDirectory('certificates');
  const inFolder = (name: string): string => join(directory.path, name);

  beforeAll(async () => {
    server = await startApiServer();
    manager = startProcess(process.execPath, {
      args: [
        join(repositoryRoot(), 'apps/controller-manager/dist/main.js'),
        `--kubeconfig=${await server.kubeconfigFor(clusterIdentities.controllerManager)}`,
        '--leader-elect=false',
        '--observability-port=0',
        `--controllers=${names.join(',')}`,
        `--cluster-signing-cert-file=${server.pki.caFile}`,
        `--cluster-signing-key-file=${server.pki.caKeyFile}`,
      ],
    });
  });
  afterAll(async () => {
    await manager?.stop();
    await server?.stop();
    directory.remove();
  });

  const run = async (args: string[], input?: string, kubeconfig = server.adminKubeconfig): Promise<string> =>
    (await kubectl(args, { kubeconfig, input })).stdout.trim();

  async function request(name: string, subject: string, spec: object, kubeconfig?: string): Promise<void> {
    const files = ['-keyout', inFolder(`${name}.key`), '-out', inFolder(`${name}.csr`)];
    await execute('openssl', ['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-subj', subject, ...files]);
    const manifest = {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name },
      spec: {
        request: readFileSync(inFolder(`${name}.csr`)).toString('base64'),
        signerName: 'kubernetes.io/kube-apiserver-client',
        usages: ['digital signature', 'key encipherment', 'client auth'],
        ...spec,
      },
    };
    await run(['create', '-f', '-'], JSON.stringify(manifest), kubeconfig);
  }
  const conditionOf = async (name: string): Promise<string> =>
    (await run(['get', 'csr', name, '--no-headers'])).split(/\s+/).at(-1) ?? '';

  it('are issued once approved, and log in', async () => {
    await request('joe', '/O=ops/CN=joe', { expirationSeconds: 3600 });
    expect(await run(['get', 'csr', 'joe', '--no-headers'])).toMatch(
      /^joe\s+\S+\s+kubernetes.io\/kube-apiserver-client\s+kubernetes-admin\s+60m\s+Pending$/,
    );
    await run(['certificate', 'approve', 'joe']);
    await eventually(async () => expect(await conditionOf('joe')).toBe('Approved,Issued'));
    const certificate = await run(['get', 'csr', 'joe', '-o', 'jsonpath={.status.certificate}']);
    writeFileSync(inFolder('joe.crt'), Buffer.from(certificate, 'base64'));
    const login = [`--client-certificate=${inFolder('joe.crt')}`, `--client-key=${inFolder('joe.key')}`];
    writeFileSync(inFolder('bare'), '');
    const place = [`--server=${server.url}`, `--certificate-authority=${server.caFile}`];
    const whoami = await run(['auth', 'whoami', '-o', 'json', ...login, ...place], undefined, inFolder('bare'));
    expect(JSON.parse(whoami)).toMatchObject({
      status: { userInfo: { username: 'joe', groups: ['ops', 'system:authenticated'] } },
    });
  });

  it('are not issued where denied, and fail where the signer would not', async () => {
    await request('ann', '/CN=ann', {});
    await run(['certificate', 'deny', 'ann']);
    expect(await conditionOf('ann')).toBe('Denied');
    await request('web', '/CN=web', { usages: ['server auth'] });
    await run(['certificate', 'approve', 'web']);
    await eventually(async () => expect(await conditionOf('web')).toBe('Approved,Failed'));
    expect(await run(['get', 'csr', '--field-selector=spec.signerName=example.com/x', '-o', 'name'])).toBe('');
  });

  it('make nobody a master', async () => {
    await expect(request('root', '/O=system:masters/CN=root', {})).rejects.toThrow(
      'certificatesigningrequests.certificates.k8s.io "root" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    );
    await request('other-root', '/O=system:masters/CN=root', { signerName: 'example.com/signer' });
  });

  it('fail only by the word of who may sign', async () => {
    await request('may', '/CN=may', {});
    await run(['create', 'clusterrole', 'writes-csr', '--verb=get,patch', '--resource=csr,csr/status']);
    await run(['create', 'clusterrolebinding', 'writes-csr', '--clusterrole=writes-csr', '--user=joe']);
    const conditions = [{ type: 'Failed', status: 'True', reason: 'No', message: 'no' }];
    const patch = [
      'patch',
      'csr',
      'may',
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status: { conditions } }),
    ];
    await expect(run([...patch, '--as=joe'])).rejects.toThrow(
      'user not permitted to sign requests with signerName "kubernetes.io/kube-apiserver-client"',
    );
    const signs = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'signs' },
      rules: [
        {
          apiGroups: ['certificates.k8s.io'],
          resources: ['signers'],
          resourceNames: ['kubernetes.io/*'],
          verbs: ['sign'],
        },
      ],
    };
    await run(['create', '-f', '-'], JSON.stringify(signs));
    await run(['create', 'clusterrolebinding', 'signs', '--clusterrole=signs', '--user=joe']);
    await run([...patch, '--as=joe']);
    expect(await conditionOf('may')).toBe('Pending,Failed');
  });

  it("approve a kubelet's own by itself where its role says so", async () => {
    const role = 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient';
    await run(['create', 'clusterrolebinding', 'renewal', `--clusterrole=${role}`, '--group=system:nodes']);
    const kubelet = await server.kubeconfigFor(nodeIdentity('n1'));
    const signerName = 'kubernetes.io/kube-apiserver-client-kubelet';
    await request('n1', '/O=system:nodes/CN=system:node:n1', { signerName }, kubelet);
    await eventually(async () => expect(await conditionOf('n1')).toBe('Approved,Issued'));
  });
});
