import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeIdentity } from '@nestor/pki';
import {
  ApiClient,
  eventually,
  startCluster,
  temporaryDirectory,
  type Answer,
  type ApiAccess,
  type TestCluster,
} from '@nestor/testing';

type Attempt = readonly [method: string, path: string, body?: unknown, headers?: Record<string, string>];

const namespaced = '/api/v1/namespaces';
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const allPowerful = {
  metadata: { name: 'mine' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:serviceaccounts' }],
};
const everything = { metadata: { name: 'all' }, rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] };
const aPod = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'busybox' }], ...spec },
});

/** What somebody could try who reaches the cluster, runs in a pod of it, or has taken a node; each is refused and audited. */
describe('an attacker', () => {
  const directory = temporaryDirectory('security');
  const log = join(directory.path, 'audit.log');
  let cluster: TestCluster;
  let access: ApiAccess;
  let own: string;
  let other: string;
  const callers: ApiClient[] = [];
  const admin = async (...args: string[]) => (await cluster.kubectl(args)).stdout;
  const apply = (object: object) => cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });

  beforeAll(async () => {
    const policy = join(directory.path, 'policy.yaml');
    writeFileSync(policy, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n');
    cluster = await startCluster({
      runtime: 'sim',
      nodes: 2,
      env: { NESTOR_APISERVER_AUDIT_POLICY_FILE: policy, NESTOR_APISERVER_AUDIT_LOG_PATH: log },
    });
    access = await cluster.access();
    [own = '', other = ''] = (await admin('get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}')).split(' ');
    for (const [name, node] of [
      ['mine', own],
      ['theirs', other],
    ] as const) {
      const labels = { apiVersion: 'v1', metadata: { name } };
      await apply({ ...labels, kind: 'Secret', stringData: { key: `of ${name}` } });
      await apply({ ...labels, kind: 'ServiceAccount' });
      const volumes = [{ name: 'v', secret: { secretName: name } }];
      await apply({
        kind: 'Pod',
        apiVersion: 'v1',
        ...aPod(name, { nodeName: node, serviceAccountName: name, volumes }),
      });
    }
    await eventually(async () =>
      expect(await admin('get', 'pods', '-o', 'jsonpath={.items[*].status.phase}')).toBe('Running Running'),
    );
  }, 300_000);
  afterAll(async () => {
    for (const caller of callers) caller.close();
    await cluster?.stop();
    directory.remove();
  });

  const as = (caller: ApiClient): ApiClient => {
    callers.push(caller);
    return caller;
  };

  /** A caller who is nobody has one event, at the start of the answer. Every attempt ends with one of the codes, and the log of audit knows it by the number its answer carried. */
  async function refusedAndAudited(
    caller: ApiClient,
    attempts: readonly Attempt[],
    codes: readonly number[],
  ): Promise<void> {
    const answers: (Answer & { what: string })[] = [];
    for (const attempt of attempts)
      answers.push({ what: attempt.slice(0, 2).join(' '), ...(await caller.send(...attempt)) });
    const wrong = answers.filter(({ code }) => !codes.includes(code));
    expect(wrong.map(({ what, code, text }) => `${what}: ${code} ${text.slice(0, 300)}`)).toEqual([]);
    await eventually(() => {
      const lines = existsSync(log) ? readFileSync(log, 'utf8') : '';
      const audited = new Map(
        lines
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as { auditID: string; stage: string; responseStatus?: { code: number } })
          .filter(({ stage }) => stage === 'ResponseComplete' || stage === 'ResponseStarted')
          .map(({ auditID, responseStatus }) => [auditID, responseStatus?.code]),
      );
      expect(answers.map(({ what, headers }) => [what, audited.get(String(headers['audit-id']))])).toEqual(
        answers.map(({ what, code }) => [what, code]),
      );
    });
  }

  const reads: readonly Attempt[] = [
    ['GET', '/api/v1/secrets'],
    ['GET', `${namespaced}/default/secrets/theirs`],
    ['GET', `${namespaced}/kube-system/secrets?watch=1`],
    ['GET', `${namespaced}/default/pods`],
    ['GET', '/api/v1/nodes'],
    ['GET', '/metrics'],
    ['GET', '/logs/'],
    ['GET', `${rbac}/clusterroles`],
  ];

  describe('who holds nothing', () => {
    it('gets in nowhere', async () => {
      const nobody = as(ApiClient.withToken(access));
      await refusedAndAudited(
        nobody,
        [...reads, ['GET', '/api'], ['GET', '/version'], ['GET', '/openapi/v3']],
        [401, 403],
      );
      const writes: readonly Attempt[] = [
        ['POST', `${namespaced}/default/pods`, aPod('x')],
        ['POST', `${rbac}/clusterrolebindings`, allPowerful],
        ['POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'x' } }],
        ['DELETE', `${namespaced}/default/pods/mine`],
      ];
      await refusedAndAudited(nobody, writes, [401, 403]);
    });

    it('is not believed whatever he says he is', async () => {
      for (const token of [
        'x',
        'eyJhbGciOiJub25lIn0.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6a3ViZS1zeXN0ZW06YWRtaW4ifQ.',
      ])
        await refusedAndAudited(as(ApiClient.withToken(access, token)), reads.slice(0, 3), [401]);
      const claims = {
        'x-remote-user': 'kubernetes-admin',
        'x-remote-group': 'system:masters',
        'impersonate-user': 'kubernetes-admin',
      };
      const nobody = as(ApiClient.withToken(access));
      await refusedAndAudited(nobody, [['GET', '/api/v1/secrets', undefined, claims]], [401, 403]);
    });

    it('finds health, and nothing else', async () => {
      const nobody = as(ApiClient.withToken(access));
      for (const path of ['/healthz', '/livez', '/readyz'])
        expect(await nobody.send('GET', path)).toMatchObject({ code: 200, text: 'ok' });
    });
  });

  describe('who has taken a pod with a default token', () => {
    let pod: ApiClient;
    beforeAll(async () => {
      pod = as(ApiClient.withToken(access, (await admin('create', 'token', 'default')).trim()));
      expect(await pod.send('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {})).toMatchObject({
        code: 201,
        text: expect.stringContaining('system:serviceaccount:default:default') as string,
      });
    });

    it('reads nothing', () => refusedAndAudited(pod, reads, [403]));

    it('changes nothing, and becomes nobody else', async () => {
      const impersonate = (user: string, more: object = {}) => ({ 'impersonate-user': user, ...more });
      await refusedAndAudited(
        pod,
        [
          ['POST', `${namespaced}/default/pods`, aPod('x', { hostPID: true })],
          ['POST', `${namespaced}/default/serviceaccounts/mine/token`, { spec: {} }],
          ['POST', `${namespaced}/default/pods/theirs/exec?command=sh`],
          ['GET', `${namespaced}/default/pods/theirs/log`],
          ['GET', `/api/v1/nodes/${other}/proxy/pods`],
          ['POST', `${namespaced}/default/pods/theirs/eviction`, { metadata: { name: 'theirs' } }],
          ['POST', `${rbac}/clusterrolebindings`, allPowerful],
          ['POST', `${rbac}/namespaces/default/rolebindings`, allPowerful],
          ['POST', `${rbac}/clusterroles`, everything],
          ['PATCH', '/api/v1/nodes/' + own, { metadata: { labels: { a: 'b' } } }],
          ['POST', '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', { metadata: { name: 'x' } }],
          ['GET', '/api/v1/secrets', undefined, impersonate('kubernetes-admin')],
          ['GET', '/api/v1/secrets', undefined, impersonate('x', { 'impersonate-group': 'system:masters' })],
          ['GET', '/api/v1/secrets', undefined, impersonate('system:serviceaccount:kube-system:namespace-controller')],
        ],
        [403],
      );
    });

    it('is nobody when its token is for another audience, or changed by one letter', async () => {
      const token = (await admin('create', 'token', 'default', '--audience=vault')).trim();
      await refusedAndAudited(as(ApiClient.withToken(access, token)), reads.slice(0, 2), [401]);
      const good = (await admin('create', 'token', 'default')).trim();
      const at = good.lastIndexOf('.') + 10;
      const changed = good.slice(0, at) + (good[at] === 'A' ? 'B' : 'A') + good.slice(at + 1);
      await refusedAndAudited(as(ApiClient.withToken(access, changed)), reads.slice(0, 2), [401]);
    });

    it('may not give itself more than its administrator has in mind, even where it may write roles', async () => {
      await admin(
        'create',
        'clusterrole',
        'role-writer',
        '--verb=create',
        '--resource=clusterroles,clusterrolebindings',
      );
      await admin('create', 'serviceaccount', 'role-writer');
      await admin(
        'create',
        'clusterrolebinding',
        'role-writer',
        '--clusterrole=role-writer',
        '--serviceaccount=default:role-writer',
      );
      const writer = as(ApiClient.withToken(access, (await admin('create', 'token', 'role-writer')).trim()));
      await refusedAndAudited(
        writer,
        [
          ['POST', `${rbac}/clusterroles`, everything],
          ['POST', `${rbac}/clusterrolebindings`, allPowerful],
        ],
        [403],
      );
    });
  });

  describe('who has taken a node', () => {
    let node: ApiClient;
    beforeAll(async () => {
      node = as(await ApiClient.of(access, nodeIdentity(own)));
    });

    it('reads what the pods of that node use, and of the others nothing', async () => {
      expect((await node.send('GET', `${namespaced}/default/secrets/mine`)).code).toBe(200);
      expect((await node.send('GET', `/api/v1/nodes/${own}`)).code).toBe(200);
      await refusedAndAudited(
        node,
        [
          ['GET', `${namespaced}/default/secrets/theirs`],
          ['GET', '/api/v1/secrets'],
          ['GET', `${namespaced}/default/secrets`],
          ['GET', `${namespaced}/default/secrets?watch=1`],
          ['GET', `/api/v1/nodes/${other}`],
          ['GET', '/api/v1/pods'],
          ['GET', `/api/v1/pods?fieldSelector=spec.nodeName%3D${other}`],
          ['GET', `${namespaced}/kube-system/configmaps`],
        ],
        [403],
      );
    });

    it('touches no other node, no pods of others, and no label that places work', async () => {
      const { stdout: uid } = await cluster.kubectl(['get', 'pod', 'theirs', '-o', 'jsonpath={.metadata.uid}']);
      const token = { spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'theirs', uid } } };
      await refusedAndAudited(
        node,
        [
          ['PATCH', `/api/v1/nodes/${other}`, { metadata: { labels: { a: 'b' } } }],
          ['PATCH', `/api/v1/nodes/${other}/status`, { status: { phase: 'x' } }],
          ['DELETE', `/api/v1/nodes/${other}`],
          ['DELETE', `/api/v1/nodes/${own}`],
          [
            'PATCH',
            `/api/v1/nodes/${own}`,
            { metadata: { labels: { 'node-restriction.kubernetes.io/secure': 'yes' } } },
          ],
          ['PATCH', `/api/v1/nodes/${own}`, { spec: { taints: [{ key: 'mine', effect: 'NoSchedule' }] } }],
          ['DELETE', `${namespaced}/default/pods/theirs`],
          ['PATCH', `${namespaced}/default/pods/theirs/status`, { status: { phase: 'Failed' } }],
          ['POST', `${namespaced}/default/serviceaccounts/theirs/token`, token],
          ['POST', `${namespaced}/default/serviceaccounts/mine/token`, { spec: {} }],
          ['POST', `${namespaced}/kube-system/serviceaccounts/namespace-controller/token`, { spec: {} }],
          [
            'PUT',
            `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${other}`,
            { metadata: { name: other } },
          ],
        ],
        [403],
      );
    });

    it('runs no pod of its own making, and makes nobody of itself', async () => {
      const pod = (name: string, spec: object) => ['POST', `${namespaced}/default/pods`, aPod(name, spec)] as const;
      await refusedAndAudited(
        node,
        [
          pod('plain', { nodeName: own }),
          pod('elsewhere', { nodeName: other, serviceAccountName: 'theirs' }),
          ['POST', `${rbac}/clusterrolebindings`, allPowerful],
          ['GET', '/api/v1/secrets', undefined, { 'impersonate-user': `system:node:${other}` }],
          ['GET', `/api/v1/nodes/${other}/proxy/pods`],
          ['POST', `${namespaced}/default/pods/theirs/exec?command=sh`],
          ['POST', '/apis/apps/v1/namespaces/default/deployments', { metadata: { name: 'x' } }],
        ],
        [403],
      );
    });
  });
});
