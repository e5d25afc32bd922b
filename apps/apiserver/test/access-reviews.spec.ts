import { ApiClient, eventually, startApiServer, type TestApiServer } from '@nestor/testing';

const group = '/apis/authorization.k8s.io/v1';
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const apiVersion = 'authorization.k8s.io/v1';

describe('access reviews', () => {
  let server: TestApiServer;
  let admin: ApiClient;

  beforeAll(async () => {
    server = await startApiServer();
    admin = await ApiClient.of(server);
    await admin.post(`${rbac}/namespaces/default/roles`, {
      metadata: { name: 'reader' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
    });
    await admin.post(`${rbac}/namespaces/default/rolebindings`, {
      metadata: { name: 'ops-read' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'ops' }],
    });
  }, 120_000);
  afterAll(async () => {
    admin?.close();
    await server?.stop();
  });

  const resourceAttributes = { verb: 'list', resource: 'pods', namespace: 'default' };
  const ask = (kind: string, spec: object, path = `${kind.toLowerCase()}s`, metadata = {}) =>
    admin.post(`${group}/${path}`, { apiVersion, kind, metadata, spec });
  const reason = 'RBAC: allowed by RoleBinding "ops-read/default" of Role "reader" to Group "ops"';

  it('answer for anybody, with the question and who asked it', async () => {
    const spec = { user: 'joe', groups: ['ops'], extra: { scopes: ['x'] }, uid: '7', resourceAttributes };
    const { code, body } = await ask('SubjectAccessReview', spec);
    expect(code).toBe(201);
    expect(body).toEqual({
      apiVersion,
      kind: 'SubjectAccessReview',
      metadata: { managedFields: [expect.objectContaining({ operation: 'Update', apiVersion })] },
      spec,
      status: { allowed: true, reason },
    });
    const denied = await ask('SubjectAccessReview', { ...spec, groups: ['dev'] });
    expect(denied.body['status']).toEqual({ allowed: false });
  });

  it('answer about paths, and for the caller himself', async () => {
    const nonResourceAttributes = { verb: 'get', path: '/metrics' };
    const joe = { user: 'joe', groups: ['system:monitoring'], nonResourceAttributes };
    expect((await ask('SubjectAccessReview', joe)).body['status'].allowed).toBe(true);
    const self = await admin.send(
      'POST',
      `${group}/selfsubjectaccessreviews`,
      { apiVersion, kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } },
      { 'Impersonate-User': 'joe', 'Impersonate-Group': 'ops' },
    );
    expect(self.body['status']).toEqual({ allowed: true, reason });
    expect((await ask('SelfSubjectAccessReview', { resourceAttributes })).body['status'].allowed).toBe(true);
  });

  it('answer in a namespace about that namespace', async () => {
    const path = 'namespaces/default/localsubjectaccessreviews';
    const spec = { groups: ['ops'], resourceAttributes };
    const { body } = await ask('LocalSubjectAccessReview', spec, path);
    expect(body).toMatchObject({ metadata: { namespace: 'default' }, status: { allowed: true, reason } });
    const elsewhere = { ...spec, resourceAttributes: { ...resourceAttributes, namespace: 'kube-system' } };
    expect((await ask('LocalSubjectAccessReview', elsewhere, path)).body).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message:
        '.authorization.k8s.io "" is invalid: spec.resourceAttributes.namespace: Invalid value: "kube-system": must match metadata.namespace',
      details: { group: 'authorization.k8s.io', causes: [{ field: 'spec.resourceAttributes.namespace' }] },
    });
    const other = await ask('LocalSubjectAccessReview', spec, path, { namespace: 'kube-system' });
    expect(other.body).toMatchObject({
      code: 400,
      message: 'the namespace of the provided object does not match the namespace sent on the request',
    });
    expect((await ask('LocalSubjectAccessReview', spec)).code).toBe(404);
    expect((await ask('SubjectAccessReview', spec, 'namespaces/default/subjectaccessreviews')).code).toBe(404);
  });

  it('and refusals say which roles are missing', async () => {
    await admin.post(`${rbac}/namespaces/default/rolebindings`, {
      metadata: { name: 'lost' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'gone' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ann' }],
    });
    const why = 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found';
    const { body } = await ask('SubjectAccessReview', { user: 'ann', resourceAttributes });
    expect(body['status']).toEqual({ allowed: false, reason: why });
    const refused = await admin.get('/api/v1/namespaces/default/pods', { 'Impersonate-User': 'ann' });
    expect(refused.body['message']).toBe(
      `pods is forbidden: User "ann" cannot list resource "pods" in API group "" in the namespace "default": ${why}`,
    );
    expect(refused.headers['x-content-type-options']).toBe('nosniff');
    const rules = await admin.send(
      'POST',
      `${group}/selfsubjectrulesreviews`,
      { spec: { namespace: 'default' } },
      { 'Impersonate-User': 'ann' },
    );
    expect(rules.body['status']).toMatchObject({ incomplete: false, evaluationError: why.slice('RBAC: '.length) });
  });

  it('say which of their selectors they passed over', async () => {
    const fieldSelector = { rawSelector: 'foo' };
    const spec = { groups: ['ops'], resourceAttributes: { ...resourceAttributes, fieldSelector } };
    expect((await ask('SubjectAccessReview', spec)).body['status']).toEqual({
      allowed: true,
      reason,
      evaluationError: 'spec.resourceAttributes.fieldSelector ignored due to parse error',
    });
  });

  it.each<[string, string, object, number, string]>([
    [
      'that ask nothing',
      'SubjectAccessReview',
      { spec: { user: 'joe' } },
      422,
      '.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    ],
    [
      'with a name',
      'SelfSubjectAccessReview',
      { metadata: { name: 'x' }, spec: { resourceAttributes: {} } },
      422,
      '.authorization.k8s.io "" is invalid: metadata: Invalid value: {"name":"x"}: must be empty',
    ],
    [
      'of another kind',
      'SubjectAccessReview',
      { kind: 'Pod', apiVersion: 'v1' },
      400,
      'the API version in the data (v1) does not match the expected API version (authorization.k8s.io/v1)',
    ],
    [
      'of the wrong shape',
      'SubjectAccessReview',
      { spec: { groups: 'ops' } },
      400,
      'SubjectAccessReview in version "v1" cannot be handled as a SubjectAccessReview: json: cannot unmarshal string into Go struct field SubjectAccessReviewSpec.spec.groups of type []string',
    ],
    ['without a namespace', 'SelfSubjectRulesReview', { spec: {} }, 400, 'no namespace on request'],
  ])('%s are refused', async (_what, kind, body, code, message) => {
    const answer = await admin.post(`${group}/${kind.toLowerCase()}s`, { apiVersion, kind, ...body });
    expect(answer.body).toMatchObject({ code, message });
  });

  it('take nothing but questions', async () => {
    expect((await admin.get(`${group}/subjectaccessreviews`)).code).toBe(405);
    expect((await admin.get(`${group}/subjectaccessreviews/x`)).code).toBe(404);
    const unknown = await admin.post(`${group}/subjectaccessreviews?fieldValidation=Strict`, {
      spec: { user: 'joe', resourceAttributes, who: 'x' },
    });
    expect(unknown.body).toMatchObject({ code: 400, message: expect.stringContaining('unknown field "spec.who"') });
  });

  it('list the rules of the caller', async () => {
    const { body } = await ask('SelfSubjectRulesReview', { namespace: 'default' });
    expect(body).toMatchObject({ kind: 'SelfSubjectRulesReview', metadata: {}, spec: {} });
    expect(body['status']).toMatchObject({
      resourceRules: expect.arrayContaining([{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]),
      nonResourceRules: expect.arrayContaining([{ verbs: ['*'], nonResourceURLs: ['*'] }]),
      incomplete: false,
    });
  });

  it('go through admission', async () => {
    await admin.post('/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies', {
      metadata: { name: 'no-questions' },
      spec: {
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ['authorization.k8s.io'],
              apiVersions: ['v1'],
              operations: ['CREATE'],
              resources: ['subjectaccessreviews'],
            },
          ],
        },
        validations: [{ expression: "object.spec.user != 'nosy'", message: 'ask somebody else' }],
      },
    });
    await admin.post('/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings', {
      metadata: { name: 'no-questions' },
      spec: { policyName: 'no-questions', validationActions: ['Deny'] },
    });
    const spec = { user: 'nosy', resourceAttributes };
    await eventually(async () => expect((await ask('SubjectAccessReview', spec)).code).toBe(422));
    expect((await ask('SubjectAccessReview', { ...spec, user: 'joe' })).code).toBe(201);
  });
});
