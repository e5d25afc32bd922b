import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClusterPki } from '@nestor/pki';
import { ApiClient, eventually, startApiServer, temporaryDirectory, type TestApiServer } from '@nestor/testing';
import { stringify } from 'yaml';
import { startReviewWebhook, type ReviewWebhook } from './review-webhook';

const rbacGroup = 'rbac.authorization.k8s.io';
const pods = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;

describe('an AuthorizationConfiguration', () => {
  const directory = temporaryDirectory('authorization-config');
  const file = join(directory.path, 'authorization.yaml');
  let guard: ReviewWebhook;
  let helper: ReviewWebhook;
  let server: TestApiServer;
  let admin: ApiClient;
  let authorizers: { type: string; name: string; webhook?: Record<string, unknown> }[];
  const write = (given: unknown): void =>
    writeFileSync(
      file,
      stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthorizationConfiguration', authorizers: given }),
    );
  const as = (user: string): Record<string, string> => ({ 'Impersonate-User': user });
  const codeOf = async (user: string, namespace: string): Promise<number> =>
    (await admin.get(pods(namespace), as(user))).code;
  const counted = async (name: string, labels: string): Promise<number> => {
    const { text } = await admin.get('/metrics');
    const line = text.split('\n').find((one) => one.startsWith(`${name}{${labels}}`));
    return Number(line?.split(' ').at(-1) ?? 0);
  };
  const reloads = (status: string): Promise<number> =>
    counted('apiserver_authorization_config_controller_automatic_reloads_total', `status="${status}"`);

  beforeAll(async () => {
    const pki = await createClusterPki({ directory: join(directory.path, 'pki') });
    [guard, helper] = [await startReviewWebhook(pki), await startReviewWebhook(pki)];
    const webhook = async (of: ReviewWebhook, name: string): Promise<Record<string, unknown>> => ({
      timeout: '3s',
      unauthorizedTTL: '1ms',
      authorizedTTL: '1ms',
      connectionInfo: {
        type: 'KubeConfigFile',
        kubeConfigFile: await of.kubeconfig(join(directory.path, `${name}.kubeconfig`)),
      },
    });
    authorizers = [
      {
        type: 'Webhook',
        name: 'guard',
        webhook: {
          ...(await webhook(guard, 'guard')),
          subjectAccessReviewVersion: 'v1',
          failurePolicy: 'Deny',
          matchConditionSubjectAccessReviewVersion: 'v1',
          matchConditions: [
            { expression: 'has(request.resourceAttributes)' },
            { expression: "request.resourceAttributes.namespace == 'kube-system'" },
          ],
        },
      },
      { type: 'RBAC', name: 'rbac' },
      {
        type: 'Webhook',
        name: 'helper',
        webhook: {
          ...(await webhook(helper, 'helper')),
          subjectAccessReviewVersion: 'v1beta1',
          failurePolicy: 'NoOpinion',
          cacheUnauthorizedRequests: false,
        },
      },
    ];
    write(authorizers);
    server = await startApiServer({ pki, args: [`--authorization-config=${file}`] });
    admin = await ApiClient.of(server);
    await admin.post(`/apis/${rbacGroup}/v1/clusterrolebindings`, {
      metadata: { name: 'ann' },
      roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup: rbacGroup, kind: 'User', name: 'ann' }],
    });
  }, 120_000);
  afterAll(async () => {
    admin?.close();
    await server?.stop();
    await guard?.stop();
    await helper?.stop();
    directory.remove();
  });
  beforeEach(() => {
    for (const webhook of [guard, helper]) {
      webhook.asked.length = 0;
      webhook.answer = () => ({ allowed: false });
    }
  });

  it('asks its authorizers in their order, each what its conditions let it be asked', async () => {
    helper.answer = ({ user }) => ({ allowed: user === 'joe' });
    await eventually(async () => expect(await codeOf('ann', 'kube-system')).toBe(200));
    guard.asked.length = helper.asked.length = 0;
    expect([await codeOf('ann', 'default'), guard.asked.length, helper.asked.length]).toEqual([200, 0, 0]);
    expect([await codeOf('ann', 'kube-system'), guard.asked.length, helper.asked.length]).toEqual([200, 1, 0]);
    expect([await codeOf('joe', 'default'), guard.asked.length, helper.asked.length]).toEqual([200, 1, 1]);
    expect([await codeOf('sue', 'kube-system'), guard.asked.length, helper.asked.length]).toEqual([403, 2, 2]);
    expect((await admin.get('/metrics', as('sue'))).code).toBe(403);
    expect([guard.asked.length, helper.asked.length]).toEqual([2, 3]);
    expect([guard.asked[0]?.apiVersion, helper.asked[0]?.apiVersion]).toEqual([
      'authorization.k8s.io/v1',
      'authorization.k8s.io/v1beta1',
    ]);
    expect(guard.asked[0]?.url).toBe('/authorize?timeout=3s');
    expect(
      await counted('apiserver_authorization_match_condition_exclusions_total', 'type="Webhook",name="guard"'),
    ).toBeGreaterThan(1);
    expect(
      await counted('apiserver_authorization_decisions_total', 'type="Webhook",name="helper",decision="allowed"'),
    ).toBeGreaterThan(0);
  });

  it('lets one that denies have the last word, and system:masters never be asked about', async () => {
    guard.answer = () => ({ allowed: false, denied: true, reason: 'closed' });
    const { body } = await admin.get(pods('kube-system'), as('ann'));
    expect(body['message']).toBe(
      'pods is forbidden: User "ann" cannot list resource "pods" in API group "" in the namespace "kube-system": closed',
    );
    expect(helper.asked).toEqual([]);
    expect((await admin.get(pods('kube-system'))).code).toBe(200);
    expect(guard.asked).toHaveLength(1);
  });

  it('fails closed where it says Deny, and goes on where it says NoOpinion', async () => {
    guard.answer = helper.answer = () => ({ code: 400, text: 'broken' });
    expect(await codeOf('ann', 'kube-system')).toBe(500);
    expect(await codeOf('ann', 'default')).toBe(200);
    expect(await codeOf('joe', 'default')).toBe(500);
    guard.answer = () => ({ allowed: true });
    expect(await codeOf('joe', 'kube-system')).toBe(200);
    expect(
      await counted('apiserver_authorization_webhook_evaluations_fail_open_total', 'name="helper",result="error"'),
    ).toBe(1);
    expect(
      await counted('apiserver_authorization_webhook_evaluations_fail_open_total', 'name="guard",result="error"'),
    ).toBe(0);
  });

  it('gives up waiting after its timeout', async () => {
    helper.answer = () => undefined;
    const { code, text } = await admin.get(pods('default'), as('joe'));
    expect([code, text]).toEqual([500, expect.stringContaining('context deadline exceeded')]);
    expect(await counted('apiserver_authorization_webhook_evaluations_total', 'name="helper",result="timeout"')).toBe(
      1,
    );
  });

  it('may change while the server runs, and stays as it was where the file will not do', async () => {
    guard.answer = () => ({ allowed: false, denied: true });
    expect(await codeOf('ann', 'kube-system')).toBe(403);
    const [, rbac, last] = authorizers;
    for (const [index, wrong] of [
      [{ ...rbac, name: 'mine' }],
      [last],
      [rbac, { type: 'Node', name: 'node' }],
      'nonsense',
    ].entries()) {
      write(wrong);
      await eventually(async () => expect(await reloads('failure')).toBe(index + 1));
    }
    await eventually(() => {
      expect(server.output()).toContain('expected name rbac for authorizer RBAC instead of mine');
      expect(server.output()).toContain('missing required types: [RBAC]');
      expect(server.output()).toContain(
        'authorizer type Node is not allowed if it was not enabled at initial server startup',
      );
    });
    expect([await codeOf('ann', 'kube-system'), await reloads('success')]).toEqual([403, 0]);
    write([rbac]);
    await eventually(async () => expect(await codeOf('ann', 'kube-system')).toBe(200));
    await eventually(async () => expect(await reloads('success')).toBe(1));
    const rules = await admin.post('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
      spec: { namespace: 'default' },
    });
    expect(rules.body['status'].incomplete).toBe(false);
    write(authorizers);
    await eventually(async () => expect(await codeOf('ann', 'kube-system')).toBe(403));
  });

  it('stands alone', async () => {
    const { databaseUrl: database, pki } = server;
    const args = [`--authorization-config=${file}`, '--authorization-mode=RBAC'];
    await expect(startApiServer({ database, pki, args })).rejects.toThrow(
      '--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined',
    );
  });
});
