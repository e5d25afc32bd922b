import { kubectl, startApiServer, type KubectlError, type TestApiServer } from '@nestor/testing';

describe('stored roles', () => {
  let server: TestApiServer;
  const run = async (...args: string[]): Promise<string> => {
    const result = await kubectl(args, { kubeconfig: server.adminKubeconfig });
    return result.stdout.trim();
  };
  /** kubectl says no with exit code 1. */
  const may = (user: string, ...args: string[]): Promise<string> =>
    run('auth', 'can-i', ...args, '--as', user).catch((error: KubectlError) => error.stdout.trim() || error.message);

  beforeAll(async () => {
    server = await startApiServer();
  }, 120_000);
  afterAll(() => server?.stop());

  it('count at once, in their namespace alone, and no longer than they are there', async () => {
    expect(await may('joe', 'list', 'pods')).toBe('no');
    await run('create', 'role', 'reader', '--verb=get,list', '--resource=pods,pods/log');
    await run('create', 'rolebinding', 'joe-reads', '--role=reader', '--user=joe');
    expect(await may('joe', 'list', 'pods')).toBe('yes');
    expect(await may('joe', 'list', 'pods', '-n', 'kube-system')).toBe('no');
    expect(await may('joe', 'delete', 'pods')).toBe('no');
    expect(await run('get', 'pods', '--as', 'joe')).toBe('');
    const row = await run('get', 'rolebinding', 'joe-reads', '-o', 'wide', '--no-headers');
    expect(row).toMatch(/^joe-reads\s+Role\/reader\s+\S+\s+joe$/);
    await run('delete', 'rolebinding', 'joe-reads');
    expect(await may('joe', 'list', 'pods')).toBe('no');
  });

  it('reach everywhere by a ClusterRoleBinding, and groups and service accounts as well', async () => {
    await run('create', 'clusterrole', 'node-reader', '--verb=get', '--resource=nodes');
    await run('create', 'clusterrolebinding', 'all-nodes', '--clusterrole=node-reader', '--serviceaccount=default:bot');
    expect(await may('system:serviceaccount:default:bot', 'get', 'nodes')).toBe('yes');
    await run('create', 'clusterrolebinding', 'boss', '--clusterrole=cluster-admin', '--user=ann');
    expect(await may('ann', '*', '*', '-A')).toBe('yes');
  });

  it('are reconciled by kubectl', async () => {
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'reader', namespace: 'default' },
      rules: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] }],
    };
    const { stdout } = await kubectl(['auth', 'reconcile', '-f', '-'], {
      kubeconfig: server.adminKubeconfig,
      input: JSON.stringify(role),
    });
    expect(stdout).toContain('role.rbac.authorization.k8s.io/reader reconciled');
    expect(await run('get', 'role', 'reader', '-o', 'jsonpath={.rules[*].resources}')).toContain('deployments');
  });

  describe('give nobody more than he holds', () => {
    const as = async (user: string, ...args: string[]): Promise<string> =>
      run(...args, '--as', user).catch((error: KubectlError) => error.stderr.trim());

    beforeAll(async () => {
      await run('create', 'clusterrole', 'role-maker', '--verb=*', '--resource=roles.rbac.authorization.k8s.io');
      await run('create', 'rolebinding', 'sue-makes', '--clusterrole=role-maker', '--user=sue');
      await run('create', 'role', 'binding-maker', '--verb=create,get', '--resource=rolebindings');
      await run('create', 'rolebinding', 'sue-binds', '--role=binding-maker', '--user=sue');
    });

    it('by a role', async () => {
      await run('create', 'role', 'pods', '--verb=get', '--resource=pods');
      await run('create', 'rolebinding', 'tom-pods', '--role=pods', '--user=tom');
      await run('create', 'role', 'makes', '--verb=create,update,patch,get', '--resource=roles');
      await run('create', 'rolebinding', 'tom-makes', '--role=makes', '--user=tom');
      expect(await as('tom', 'create', 'role', 'some', '--verb=get,delete', '--resource=pods,secrets')).toBe(
        [
          'Error from server (Forbidden): roles.rbac.authorization.k8s.io "some" is forbidden: user "tom" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:',
          '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}',
          '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}',
        ].join('\n'),
      );
      expect(await as('tom', 'create', 'role', 'some', '--verb=get', '--resource=pods')).toContain('created');
      const patch = ['patch', 'role', 'pods', '--type=json', '-p'];
      const more = '[{"op":"add","path":"/rules/0/verbs/-","value":"list"}]';
      expect(await as('tom', ...patch, more)).toContain('attempting to grant RBAC permissions not currently held');
      const finalizer = '[{"op":"add","path":"/metadata/finalizers","value":["example.com/x"]}]';
      expect(await as('tom', ...patch, finalizer)).toContain('patched');
      expect(await as('sue', 'create', 'role', 'much', '--verb=*', '--resource=*')).toContain('created');
    });

    it('by a binding, but for who may bind the role', async () => {
      expect(await as('sue', 'create', 'rolebinding', 'b', '--clusterrole=system:kube-dns', '--user=sue')).toContain(
        'rolebindings.rbac.authorization.k8s.io "b" is forbidden: user "sue"',
      );
      expect(await as('sue', 'create', 'rolebinding', 'b', '--clusterrole=none', '--user=sue')).toContain(
        'clusterroles.rbac.authorization.k8s.io "none" not found',
      );
      const bind = ['--verb=bind', '--resource=clusterroles', '--resource-name=system:kube-dns'];
      await run('create', 'role', 'binds-dns', ...bind);
      await run('create', 'rolebinding', 'sue-binds-dns', '--role=binds-dns', '--user=sue');
      expect(await as('sue', 'create', 'rolebinding', 'b', '--clusterrole=system:kube-dns', '--user=sue')).toContain(
        'created',
      );
      expect(await as('sue', 'create', 'rolebinding', 'c', '--clusterrole=system:node', '--user=sue')).toContain(
        'is forbidden',
      );
    });

    it('by gathering, but for who holds all', async () => {
      await run('create', 'clusterrole', 'cluster-role-maker', '--verb=create,get', '--resource=clusterroles');
      await run('create', 'clusterrolebinding', 'kim', '--clusterrole=cluster-role-maker', '--user=kim');
      const { stderr } = await kubectl(['create', '-f', '-', '--as', 'kim'], {
        kubeconfig: server.adminKubeconfig,
        input: JSON.stringify({
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRole',
          metadata: { name: 'gathers' },
          aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
        }),
      }).catch((error: KubectlError) => error);
      expect(stderr).toContain('must have cluster-admin privileges to use the aggregationRule');
    });
  });

  it('are there from the start, for everybody what everybody needs', async () => {
    const names = await run('get', 'clusterroles', '-o', 'jsonpath={.items[*].metadata.name}');
    expect(names.split(' ')).toEqual(
      expect.arrayContaining(['system:node', 'system:controller:job-controller', 'system:monitoring', 'view']),
    );
    const namespaced = await run('get', 'roles', '-A', '-l', 'kubernetes.io/bootstrapping=rbac-defaults', '-o', 'name');
    expect(namespaced.split('\n')).toHaveLength(7);
    const list = await run('auth', 'can-i', '--list', '--as', 'joe', '--as-group', 'system:authenticated');
    expect(list).toMatch(/^selfsubjectreviews\.authentication\.k8s\.io +\[\] +\[\] +\[create\]$/m);
    expect(list).toMatch(/^ +\[\/openapi\/\*\] +\[\] +\[get\]$/m);
    expect(await may('joe', 'get', '/metrics')).toBe('no');
    expect(await may('joe', 'get', '/metrics', '--as-group', 'system:monitoring')).toBe('yes');
    expect(await may('system:serviceaccount:a:b', 'get', '/openid/v1/jwks', '--as-group=system:serviceaccounts')).toBe(
      'yes',
    );
  });
});
