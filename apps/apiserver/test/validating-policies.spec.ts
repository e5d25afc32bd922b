import { eventually, KubectlError, kubectl, startApiServer, type TestApiServer } from '@nestor/testing';

const api = 'admissionregistration.k8s.io/v1';
const deployments = {
  apiGroups: ['apps'],
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE'],
  resources: ['deployments'],
};
const policy = (name: string, spec: object) => ({
  apiVersion: api,
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name },
  spec: { matchConstraints: { resourceRules: [deployments] }, ...spec },
});
const binding = (policyName: string, spec: object = {}) => ({
  apiVersion: api,
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: `${policyName}-binding` },
  spec: { policyName, validationActions: ['Deny'], ...spec },
});
const deployment = (name: string, replicas: number, labels: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default', labels },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
});

describe('ValidatingAdmissionPolicies', () => {
  let server: TestApiServer;
  const run = async (...args: string[]): Promise<string> =>
    (await kubectl(args, { kubeconfig: server.adminKubeconfig })).stdout;
  const apply = (object: object, ...more: string[]): Promise<{ stdout: string; stderr: string }> =>
    kubectl(['apply', '-f', '-', ...more], { kubeconfig: server.adminKubeconfig, input: JSON.stringify(object) });
  const refusal = (object: object, ...more: string[]): Promise<string> =>
    apply(object, ...more).then(
      ({ stdout }) => stdout,
      (error: KubectlError) => error.stderr,
    );
  const remove = (name: string): Promise<string> =>
    run(
      'delete',
      'validatingadmissionpolicy,validatingadmissionpolicybinding',
      name,
      `${name}-binding`,
      '--ignore-not-found',
    );

  beforeAll(async () => {
    server = await startApiServer();
  }, 120_000);
  afterAll(() => server?.stop());

  it('are refused where their expressions cannot be right', async () => {
    const text = await refusal(
      policy('broken', {
        variables: [{ name: 'n', expression: 'object.spec.replicas +' }],
        validations: [{ expression: 'request.nothing == 1' }, { expression: '1', messageExpression: '2' }],
        matchConditions: [{ name: 'x', expression: 'params.a == 1' }],
      }),
    );
    expect(text).toContain(
      'spec.variables[0].expression: Invalid value: "object.spec.replicas +": compilation failed: ERROR',
    );
    expect(text).toContain("undefined field 'nothing'");
    expect(text).toContain('spec.validations[1].expression: Invalid value: "1": must evaluate to bool but got int');
    expect(text).toContain('must evaluate to string but got int');
    expect(text).toContain("undeclared reference to 'params' (in container '')");
    expect(await refusal(binding('broken', { validationActions: ['Deny', 'Warn'] }))).toContain(
      'must not contain both Deny and Warn',
    );
  });

  it('deny by params, and what is denied says by whom', async () => {
    await apply(
      policy('limit', {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        variables: [{ name: 'max', expression: 'int(params.data.max)' }],
        validations: [
          {
            expression: 'object.spec.replicas <= variables.max',
            messageExpression: '"%d replicas, %d allowed".format([object.spec.replicas, variables.max])',
            reason: 'Forbidden',
          },
        ],
      }),
    );
    await run('create', 'configmap', 'limits', '--from-literal=max=3');
    await apply(binding('limit', { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } }));
    await eventually(async () =>
      expect(await refusal(deployment('big', 5), '--dry-run=server')).toContain(
        `deployments.apps "big" is forbidden: ValidatingAdmissionPolicy 'limit' with binding 'limit-binding' denied request: 5 replicas, 3 allowed`,
      ),
    );
    expect((await apply(deployment('small', 2))).stdout).toContain('created');
    expect(await refusal(deployment('small', 9))).toContain('9 replicas, 3 allowed');
    await run('delete', 'configmap', 'limits');
    expect(await refusal(deployment('small', 1))).toContain(
      'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
    );
    expect(await run('get', 'validatingadmissionpolicy', 'limit', '--no-headers')).toMatch(
      /^limit\s+1\s+v1\/ConfigMap\s/,
    );
    expect(await run('get', 'validatingadmissionpolicybinding', '--no-headers')).toMatch(
      /^limit-binding\s+limit\s+limits\s/,
    );
    await remove('limit');
  });

  it('warn and write audit annotations', async () => {
    await apply(
      policy('team', {
        validations: [
          { expression: "has(object.metadata.labels) && 'team' in object.metadata.labels", message: 'label your team' },
        ],
        auditAnnotations: [{ key: 'replicas', valueExpression: 'string(object.spec.replicas)' }],
      }),
    );
    await apply(binding('team', { validationActions: ['Warn', 'Audit'] }));
    await eventually(async () => {
      const { stderr } = await apply(deployment('nobodys', 1), '--dry-run=server');
      expect(stderr).toContain(
        `Warning: Validation failed for ValidatingAdmissionPolicy 'team' with binding 'team-binding': label your team`,
      );
    });
    expect((await apply(deployment('ours', 1, { team: 'a' }), '--dry-run=server')).stderr).toBe('');
    await remove('team');
  });

  it('look at who asks, at the namespace and at rights, and only where they match', async () => {
    await apply(
      policy('who', {
        matchConditions: [
          {
            name: 'not-skipped',
            expression: "!has(object.metadata.annotations) || !('skip' in object.metadata.annotations)",
          },
        ],
        validations: [
          { expression: "request.userInfo.username != '' && request.operation in ['CREATE', 'UPDATE']" },
          { expression: "namespaceObject.metadata.name == 'default'" },
          { expression: "authorizer.group('').resource('secrets').namespace('default').check('get').allowed()" },
          { expression: "authorizer.requestResource.check('create').allowed()" },
          {
            expression:
              "!authorizer.serviceAccount('default', 'nobody').group('').resource('secrets').check('get').allowed()",
          },
          { expression: "object.metadata.name != 'unwanted'" },
        ],
      }),
    );
    const bound = {
      matchResources: { objectSelector: { matchExpressions: [{ key: 'free', operator: 'DoesNotExist' }] } },
    };
    await apply(binding('who', bound));
    await eventually(async () =>
      expect(await refusal(deployment('unwanted', 1), '--dry-run=server')).toContain(
        `denied request: failed expression: object.metadata.name != 'unwanted'`,
      ),
    );
    expect((await apply(deployment('wanted', 1), '--dry-run=server')).stdout).toContain('created');
    expect((await apply(deployment('unwanted', 1, { free: 'yes' }), '--dry-run=server')).stdout).toContain('created');
    const skipped = deployment('unwanted', 1);
    Object.assign(skipped.metadata, { annotations: { skip: '' } });
    expect((await apply(skipped, '--dry-run=server')).stdout).toContain('created');
    await remove('who');
  });

  it('fail closed, or open where they are told to', async () => {
    const wrong = { validations: [{ expression: 'object.spec.nothing == 1' }] };
    await apply(policy('closed', wrong));
    await apply(binding('closed'));
    await eventually(async () =>
      expect(await refusal(deployment('x', 1), '--dry-run=server')).toContain(
        `denied request: expression 'object.spec.nothing == 1' resulted in error: no such key: nothing`,
      ),
    );
    await apply(policy('closed', { ...wrong, failurePolicy: 'Ignore' }));
    await eventually(async () =>
      expect((await apply(deployment('x', 1), '--dry-run=server')).stdout).toContain('created'),
    );
    await remove('closed');
  });
});
