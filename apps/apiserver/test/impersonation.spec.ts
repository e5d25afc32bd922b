import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ApiClient,
  eventually,
  kubectl,
  startApiServer,
  temporaryDirectory,
  type TestApiServer,
} from '@nestor/testing';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const pods = '/api/v1/namespaces/default/pods';
const whoami = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
type Rule = { apiGroups: string[]; resources: string[]; verbs: string[]; resourceNames?: string[] };

describe('acting as another', () => {
  const directory = temporaryDirectory('impersonation');
  const auditLog = join(directory.path, 'audit.log');
  let server: TestApiServer;
  let admin: ApiClient;
  let ann: ApiClient;

  const grant = async (user: string, name: string, rules: Rule[]): Promise<void> => {
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
    await admin.post(`${rbac}/clusterroles`, { metadata: { name }, rules });
    const subjects = [{ apiGroup: roleRef.apiGroup, kind: 'User', name: user }];
    await admin.post(`${rbac}/clusterrolebindings`, { metadata: { name }, roleRef, subjects });
  };

  beforeAll(async () => {
    const tokens = join(directory.path, 'tokens.csv');
    const policy = join(directory.path, 'policy.yaml');
    writeFileSync(tokens, 'ann,ann,\nbea,bea,\n');
    writeFileSync(policy, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n');
    server = await startApiServer({
      args: [`--token-auth-file=${tokens}`, `--audit-policy-file=${policy}`, `--audit-log-path=${auditLog}`],
    });
    admin = await ApiClient.of(server);
    ann = ApiClient.withToken(server, 'ann');
    await grant('joe', 'joe', [{ apiGroups: [''], resources: ['pods'], verbs: ['*'] }]);
  }, 120_000);
  afterAll(async () => {
    ann?.close();
    admin?.close();
    await server?.stop();
    directory.remove();
  });
  const asJoe = { 'Impersonate-User': 'joe' };

  it('is for certain actions only where the right is to those', async () => {
    expect((await ann.get(pods, asJoe)).body['message']).toBe(
      'pods is forbidden: User "ann" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "default"',
    );
    await grant('ann', 'ann', [
      {
        apiGroups: ['authentication.k8s.io'],
        resources: ['users'],
        verbs: ['impersonate:user-info'],
        resourceNames: ['joe'],
      },
      { apiGroups: [''], resources: ['pods'], verbs: ['impersonate-on:user-info:list'] },
    ]);
    await eventually(async () => expect((await ann.get(pods, asJoe)).code).toBe(200));
    expect((await ann.get(`${pods}/x`, asJoe)).body).toMatchObject({
      code: 403,
      message: expect.stringContaining('User "ann" cannot impersonate-on:user-info:get resource "pods"'),
    });
    expect((await ann.get(pods, { 'Impersonate-User': 'jack' })).body).toMatchObject({
      code: 403,
      message: expect.stringContaining(
        'cannot impersonate:user-info resource "users" in API group "authentication.k8s.io"',
      ),
    });
    await eventually(() =>
      expect(readFileSync(auditLog, 'utf8')).toMatch(
        /"impersonatedUser":\{"username":"joe","groups":\["system:authenticated"\]\},"authenticationMetadata":\{"impersonationConstraint":"impersonate:user-info"\}/,
      ),
    );
  });

  it('is for everything where the right is to whom, with each part of him', async () => {
    const bea = ApiClient.withToken(server, 'bea');
    const whole = {
      ...asJoe,
      'Impersonate-Uid': '42',
      'Impersonate-Group': 'dev',
      'Impersonate-Extra-Acme.com%2Fteam': 'blue',
    };
    await grant('bea', 'bea', [
      { apiGroups: [''], resources: ['users', 'groups'], verbs: ['impersonate'], resourceNames: ['joe', 'dev'] },
      {
        apiGroups: ['authentication.k8s.io'],
        resources: ['uids', 'userextras/acme.com/team'],
        verbs: ['impersonate'],
        resourceNames: ['42', 'blue'],
      },
    ]);
    await eventually(async () => expect((await bea.send('POST', whoami, {}, asJoe)).code).toBe(201));
    const { body } = await bea.send('POST', whoami, {}, whole);
    expect(body['status'].userInfo).toEqual({
      username: 'joe',
      uid: '42',
      groups: ['dev', 'system:authenticated'],
      extra: { 'acme.com/team': ['blue'] },
    });
    for (const [wrong, resource] of [
      [{ 'Impersonate-Uid': '43' }, 'uids'],
      [{ 'Impersonate-Group': 'ops' }, 'groups'],
      [{ 'Impersonate-Extra-Acme.com%2Fteam': 'red' }, 'userextras/acme.com/team'],
      [{ 'Impersonate-User': 'system:serviceaccount:a:b' }, 'serviceaccounts'],
    ] as const) {
      const refused = await bea.send('POST', whoami, {}, { ...whole, ...wrong });
      expect(refused.body).toMatchObject({ code: 403, reason: 'Forbidden' });
      expect(refused.body['message']).toContain(`cannot impersonate resource "${resource}" in API group`);
    }
    bea.close();
  });

  it('needs a user', async () => {
    expect((await admin.get(pods, { 'Impersonate-Group': 'dev' })).body).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message:
        'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"dev"}, Extra:map[string][]string(nil)} without impersonating a user name',
    });
  });

  it('is what kubectl does with --as, and tells with auth whoami', async () => {
    const { stdout } = await kubectl(['auth', 'whoami', '-o', 'json', '--as=joe', '--as-group=dev', '--as-uid=42'], {
      kubeconfig: server.adminKubeconfig,
    });
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'SelfSubjectReview',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { creationTimestamp: expect.any(String) },
      status: { userInfo: { username: 'joe', uid: '42', groups: ['dev', 'system:authenticated'] } },
    });
  });
});
