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
});
