import { join } from 'node:path';
import { clusterIdentities } from '@nestor/pki';
import {
  eventually,
  kubectl,
  repositoryRoot,
  startApiServer,
  startProcess,
  type TestApiServer,
  type TestProcess,
} from '@nestor/testing';

const tokenOf = '{.data.token}';

describe('tokens in Secrets', () => {
  let server: TestApiServer;
  let manager: TestProcess;

  beforeAll(async () => {
    server = await startApiServer();
    manager = startProcess(process.execPath, {
      args: [
        join(repositoryRoot(), 'apps/controller-manager/dist/main.js'),
        `--kubeconfig=${await server.kubeconfigFor(clusterIdentities.controllerManager)}`,
        '--leader-elect=false',
        '--observability-port=0',
        '--controllers=serviceaccount-token-controller,legacy-serviceaccount-token-cleaner-controller',
        `--service-account-private-key-file=${server.pki.serviceAccountKeyFile}`,
      ],
    });
    await run(['create', 'serviceaccount', 'bot']);
  }, 120_000);
  afterAll(async () => {
    await manager?.stop();
    await server?.stop();
  });

  const run = async (args: string[], input?: string): Promise<string> =>
    (await kubectl(args, { kubeconfig: server.adminKubeconfig, input })).stdout.trim();
  const create = (name: string, account: string): Promise<string> =>
    run(
      ['create', '-f', '-'],
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/service-account-token',
        metadata: { name, annotations: { 'kubernetes.io/service-account.name': account } },
      }),
    );
  const field = (name: string, path: string): Promise<string> => run(['get', 'secret', name, '-o', `jsonpath=${path}`]);
  const whoami = async (token: string): Promise<{ user?: string; code?: number }> => {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
    const { status } = JSON.parse(await run(['create', '-f', '-', '-o', 'json'], JSON.stringify(review)));
    return status.authenticated ? status.user.username : status.error;
  };

  it('are filled in, get in, and say when they did', async () => {
    await create('bot-token', 'bot');
    const encoded = await eventually(async () => {
      const found = await field('bot-token', tokenOf);
      expect(found).not.toBe('');
      return found;
    });
    expect(Buffer.from(await field('bot-token', '{.data.namespace}'), 'base64').toString()).toBe('default');
    expect(Buffer.from(await field('bot-token', '{.data.ca\\.crt}'), 'base64').toString()).toContain('CERTIFICATE');
    const uid = await run(['get', 'serviceaccount', 'bot', '-o', 'jsonpath={.metadata.uid}']);
    expect(await field('bot-token', '{.metadata.annotations.kubernetes\\.io/service-account\\.uid}')).toBe(uid);
    const token = Buffer.from(encoded, 'base64').toString();
    expect(await whoami(token)).toBe('system:serviceaccount:default:bot');
    const lastUsed = '{.metadata.labels.kubernetes\\.io/legacy-token-last-used}';
    await eventually(async () => expect(await field('bot-token', lastUsed)).toMatch(/^\d{4}-\d\d-\d\d$/));

    const mark = 'kubernetes.io/legacy-token-invalid-since';
    await run(['label', 'secret', 'bot-token', `${mark}=2026-01-01`]);
    expect(await whoami(token)).toContain('has been marked invalid');
    await run(['label', 'secret', 'bot-token', `${mark}-`]);
    await run(['delete', 'secret', 'bot-token']);
    expect(await whoami(token)).toContain('has been invalidated');
  });

  it('go with their account', async () => {
    await run(['create', 'serviceaccount', 'brief']);
    await create('brief-token', 'brief');
    await eventually(async () => expect(await field('brief-token', tokenOf)).not.toBe(''));
    await run(['delete', 'serviceaccount', 'brief']);
    await eventually(async () =>
      expect(await run(['get', 'secrets', '-o', 'name'])).not.toContain('secret/brief-token'),
    );
  });

  it('are deleted where their account never was', async () => {
    await create('orphan', 'nobody');
    await eventually(async () => expect(await run(['get', 'secrets', '-o', 'name'])).not.toContain('secret/orphan'));
  });

  it('are tracked since a day', async () => {
    const name = 'kube-apiserver-legacy-service-account-token-tracking';
    expect(await run(['get', 'configmap', name, '-n', 'kube-system', '-o', 'jsonpath={.data.since}'])).toMatch(
      /^\d{4}-\d\d-\d\d$/,
    );
  });

  it('are not what kubectl create token gives', async () => {
    const token = await run(['create', 'token', 'bot', '--duration=10m']);
    expect(await whoami(token)).toBe('system:serviceaccount:default:bot');
    await run(['create', 'secret', 'generic', 'anchor']);
    const bound = await run(['create', 'token', 'bot', '--bound-object-kind=Secret', '--bound-object-name=anchor']);
    expect(await whoami(bound)).toBe('system:serviceaccount:default:bot');
    await run(['delete', 'secret', 'anchor']);
    expect(await whoami(bound)).toContain('has been invalidated');
  });
});
