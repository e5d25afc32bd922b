import { clusterIdentities } from '@nestor/pki';
import { ApiClient, type Answer, eventually, startApiServer, type TestApiServer } from '@nestor/testing';
import { startAskingServer, type AskingServer } from './asking-server';
import { configMap } from './objects';
import type { ReviewWebhook } from './review-webhook';

const pods = '/api/v1/namespaces/default/pods';
const maps = '/api/v1/namespaces/default/configmaps';
const reviews = '/apis/authorization.k8s.io/v1';

describe('the mode Webhook', () => {
  let asking: AskingServer;
  let webhook: ReviewWebhook;
  let server: TestApiServer;
  let admin: ApiClient;
  let nth = 0;
  /** Nobody whom the webhook was asked about before. */
  const somebody = (): string => `user-${++nth}`;
  const as = (user: string): Record<string, string> => ({ 'Impersonate-User': user });
  const about = (user: string) => webhook.asked.filter(({ spec }) => spec['user'] === user);

  beforeAll(async () => {
    asking = await startAskingServer((kubeconfig) => [
      '--authorization-mode=RBAC,Webhook',
      `--authorization-webhook-config-file=${kubeconfig}`,
      '--authorization-webhook-version=v1',
      '--authorization-webhook-cache-unauthorized-ttl=5s',
    ]);
    ({ webhook, server, admin } = asking);
  }, 120_000);
  afterAll(() => asking?.stop());
  beforeEach(() => {
    webhook.asked.length = 0;
    webhook.answer = () => ({ allowed: false });
  });

  it('asks a server outside what RBAC does not allow, with all that the request says', async () => {
    webhook.answer = () => ({ allowed: true, reason: 'a friend' });
    const joe = { ...as('joe'), 'Impersonate-Group': 'ops', 'Impersonate-Extra-Acme.com%2Froom': 'r1' };
    const query = '?fieldSelector=spec.nodeName%3Dn1,status.phase!%3DFailed&labelSelector=app%20in%20(a,b),!old';
    expect((await admin.get(`${pods}${query}`, joe)).code).toBe(200);
    expect(webhook.asked).toEqual([
      {
        url: '/authorize?timeout=30s',
        caller: clusterIdentities.kubeletClient.commonName,
        apiVersion: 'authorization.k8s.io/v1',
        spec: {
          resourceAttributes: {
            namespace: 'default',
            verb: 'list',
            version: 'v1',
            resource: 'pods',
            fieldSelector: {
              requirements: [
                { key: 'spec.nodeName', operator: 'In', values: ['n1'] },
                { key: 'status.phase', operator: 'NotIn', values: ['Failed'] },
              ],
            },
            labelSelector: {
              requirements: [
                { key: 'app', operator: 'In', values: ['a', 'b'] },
                { key: 'old', operator: 'DoesNotExist' },
              ],
            },
          },
          user: 'joe',
          groups: ['ops', 'system:authenticated'],
          extra: { 'acme.com/room': ['r1'] },
        },
      },
    ]);
    await admin.get('/custom/path', joe);
    expect(webhook.asked[1]?.spec['nonResourceAttributes']).toEqual({ path: '/custom/path', verb: 'get' });
    await admin.get('/version', joe);
    expect(webhook.asked).toHaveLength(2);
  });

  it('remembers its answers for a while', async () => {
    const [friend, stranger] = [somebody(), somebody()];
    webhook.answer = ({ user }) => ({ allowed: user === friend });
    for (let round = 0; round < 3; round++) {
      expect((await admin.get(pods, as(friend))).code).toBe(200);
      expect((await admin.get(pods, as(stranger))).code).toBe(403);
    }
    expect([about(friend).length, about(stranger).length]).toEqual([1, 1]);
    webhook.answer = () => ({ allowed: true });
    await eventually(async () => expect((await admin.get(pods, as(stranger))).code).toBe(200));
    expect(about(friend)).toHaveLength(1);
  });

  it('says what it says', async () => {
    webhook.answer = () => ({ allowed: false, denied: true, reason: 'not on a Friday' });
    const user = somebody();
    expect((await admin.get(pods, as(user))).body['message']).toBe(
      `pods is forbidden: User "${user}" cannot list resource "pods" in API group "" in the namespace "default": not on a Friday`,
    );
    const spec = { user, resourceAttributes: { verb: 'list', resource: 'pods' } };
    const { body } = await admin.post(`${reviews}/subjectaccessreviews`, { spec });
    expect(body['status']).toEqual({ allowed: false, denied: true, reason: 'not on a Friday' });
    const rules = await admin.post(`${reviews}/selfsubjectrulesreviews`, { spec: { namespace: 'default' } });
    expect(rules.body['status']).toMatchObject({
      incomplete: true,
      evaluationError: 'webhook authorizer does not support user rule resolution',
    });
  });

  it('decides about impersonation and watches as well', async () => {
    const user = somebody();
    webhook.answer = ({ resourceAttributes: { verb } }) => ({ allowed: verb === 'watch' });
    const lines = await new Promise<Answer>((resolve) => {
      void admin.get(`${pods}?watch=true&timeoutSeconds=1`, as(user)).then(resolve);
    });
    expect(lines.code).toBe(200);
    const scheduler = await ApiClient.of(server, clusterIdentities.scheduler);
    const { body } = await scheduler.get(pods, as('ann'));
    expect(body['message']).toContain(
      'User "system:kube-scheduler" cannot impersonate-on:user-info:list resource "pods"',
    );
    expect(webhook.asked.at(-1)?.spec['resourceAttributes']).toMatchObject({
      verb: 'impersonate',
      resource: 'users',
      name: 'ann',
    });
    scheduler.close();
  });

  it('waits in the expressions of policies', async () => {
    const policies = '/apis/admissionregistration.k8s.io/v1';
    const configMaps = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] };
    const may = (verb: string): string =>
      `authorizer.group('acme.com').resource('rooms').labelSelector('floor=1').check('${verb}').allowed()`;
    await admin.post(`${policies}/validatingadmissionpolicies`, {
      metadata: { name: 'rooms' },
      spec: {
        matchConstraints: { resourceRules: [configMaps] },
        matchConditions: [{ name: 'not-masters', expression: `!('system:masters' in request.userInfo.groups)` }],
        variables: [{ name: 'may', expression: may('enter') }],
        validations: [
          { expression: `variables.may && ${may('leave')}`, messageExpression: `'no ' + string(variables.may)` },
        ],
      },
    });
    await admin.post(`${policies}/validatingadmissionpolicybindings`, {
      metadata: { name: 'rooms' },
      spec: { policyName: 'rooms', validationActions: ['Deny'] },
    });
    webhook.answer = ({ user, resourceAttributes: { verb, resource } }) => ({
      allowed: resource === 'configmaps' || verb === 'enter' || user.startsWith('good'),
    });
    const create = async (user: string): Promise<Answer> =>
      admin.send('POST', `${maps}?dryRun=All`, configMap('m'), as(user));
    await eventually(async () => {
      const { body } = await create(somebody());
      expect(body['message']).toContain(
        "ValidatingAdmissionPolicy 'rooms' with binding 'rooms' denied request: no true",
      );
    });
    expect((await create('good-one')).code).toBe(201);
    expect(about('good-one').map(({ spec }) => spec['resourceAttributes'].verb)).toEqual(['create', 'enter', 'leave']);
    expect(about('good-one')[1]?.spec['resourceAttributes']).toMatchObject({
      group: 'acme.com',
      version: '*',
      labelSelector: { requirements: [{ key: 'floor', operator: 'In', values: ['1'] }] },
    });
  });

  it('asks again after what may pass, and does not remember that it failed', async () => {
    const user = somebody();
    webhook.answer = () => (about(user).length < 2 ? { code: 500, text: 'oops' } : { allowed: true });
    expect((await admin.get(pods, as(user))).code).toBe(200);
    expect(about(user)).toHaveLength(2);
    const other = somebody();
    webhook.answer = () => ({ code: 400, text: 'what?' });
    const failed = await admin.get(pods, as(other));
    expect([failed.code, failed.headers['content-type']]).toEqual([500, 'text/plain; charset=utf-8']);
    expect(failed.text).toBe(
      `Internal Server Error: "${pods}": the server rejected our request for an unknown reason\n`,
    );
    expect(about(other)).toHaveLength(1);
    webhook.answer = () => ({ allowed: true });
    expect((await admin.get(pods, as(other))).code).toBe(200);
  });

  it('keeps nobody from what RBAC allows while it is gone, and tells the others', async () => {
    await webhook.stop();
    const port = new URL(webhook.url).port;
    expect((await admin.get(pods)).code).toBe(200);
    expect((await admin.get('/version', as(somebody()))).code).toBe(200);
    const { code, text } = await admin.get(pods, as(somebody()));
    expect(code).toBe(500);
    expect(text).toContain(
      `Post "${webhook.url}?timeout=30s": dial tcp 127.0.0.1:${port}: connect: connection refused`,
    );
    const metrics = (await admin.get('/metrics')).text;
    expect(metrics).toMatch(
      /apiserver_authorization_webhook_evaluations_fail_open_total\{name="default",result="error"\} \d/,
    );
    expect(metrics).toMatch(/apiserver_authorization_webhook_evaluations_total\{name="default",result="success"\} \d/);
    expect(metrics).toMatch(
      /apiserver_authorization_decisions_total\{type="Webhook",name="default",decision="denied"\} \d/,
    );
    expect(metrics).toMatch(/apiserver_authorization_decisions_total\{type="RBAC",name="rbac",decision="allowed"\} \d/);
    await webhook.start();
    webhook.answer = () => ({ allowed: true });
    expect((await admin.get(pods, as(somebody()))).code).toBe(200);
  });

  it('does not begin where its kubeconfig is not there', async () => {
    const { databaseUrl: database, pki } = server;
    const args = ['--authorization-mode=Webhook', '--authorization-webhook-config-file=/nowhere'];
    await expect(startApiServer({ database, pki, args })).rejects.toThrow('/nowhere cannot be read');
  });
});
