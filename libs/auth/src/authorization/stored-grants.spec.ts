import type { Attributes } from './attributes';
import { RuleAuthorizer } from './rule-authorizer';
import { StoredGrants } from './stored-grants';

const readPods = [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }];

function setUp() {
  const grants = new StoredGrants();
  const authorizer = new RuleAuthorizer([grants]);
  const ask = (name: string, namespace: string, groups: string[] = []) => {
    const request: Attributes = {
      user: { name, groups },
      verb: 'get',
      resource: 'pods',
      apiGroup: '',
      subresource: '',
      namespace,
      name: '',
      path: '',
    };
    return authorizer.authorize(request);
  };
  return { grants, ask, authorizer };
}

describe('StoredGrants', () => {
  it('gives a Role in its namespace, whatever came first', () => {
    const { grants, ask } = setUp();
    const roleRef = { kind: 'Role', name: 'reader' };
    grants.putBinding({ namespace: 'a', name: 'b', roleRef, subjects: [{ kind: 'User', name: 'joe' }] });
    expect(ask('joe', 'a').decision).toBe('noOpinion');
    grants.putRole({ namespace: 'a', name: 'reader', rules: readPods });
    expect(ask('joe', 'a')).toEqual({
      decision: 'allow',
      reason: 'RBAC: allowed by RoleBinding "b/a" of Role "reader" to User "joe"',
    });
    expect(ask('joe', 'b').decision).toBe('noOpinion');
    expect(ask('joe', '').decision).toBe('noOpinion');
    grants.removeRole({ namespace: 'a', name: 'reader' });
    expect(ask('joe', 'a').decision).toBe('noOpinion');
  });

  it('gives a ClusterRole as far as its binding goes', () => {
    const { grants, ask } = setUp();
    const roleRef = { kind: 'ClusterRole', name: 'reader' };
    grants.putRole({ name: 'reader', rules: readPods });
    const account = { kind: 'ServiceAccount', name: 'robot' };
    grants.putBinding({ namespace: 'a', name: 'b', roleRef, subjects: [account] });
    grants.putBinding({ name: 'b', roleRef, subjects: [{ kind: 'Group', name: 'ops' }] });
    expect(ask('system:serviceaccount:a:robot', 'a')).toEqual({
      decision: 'allow',
      reason: 'RBAC: allowed by RoleBinding "b/a" of ClusterRole "reader" to ServiceAccount "robot/a"',
    });
    expect(ask('system:serviceaccount:a:robot', 'b').decision).toBe('noOpinion');
    expect(ask('ann', '', ['ops']).reason).toContain('ClusterRoleBinding "b" of ClusterRole "reader" to Group "ops"');
  });

  it('forgets who was taken out of a binding', () => {
    const { grants, ask } = setUp();
    const binding = { name: 'b', roleRef: { kind: 'ClusterRole', name: 'reader' } };
    grants.putRole({ name: 'reader', rules: readPods });
    grants.putBinding({ ...binding, subjects: [{ kind: 'User', name: 'joe' }] });
    grants.putBinding({ ...binding, subjects: [{ kind: 'User', name: 'ann' }] });
    expect([ask('joe', 'x'), ask('ann', 'x')].map(({ decision }) => decision)).toEqual(['noOpinion', 'allow']);
    grants.removeBinding(binding);
    expect(ask('ann', 'x').decision).toBe('noOpinion');
  });

  it('names the roles that are missing where nothing else allows it', () => {
    const { grants, ask, authorizer } = setUp();
    const bind = (name: string, kind: string, role: string, namespace?: string): void =>
      grants.putBinding({
        namespace,
        name,
        roleRef: { kind, name: role },
        subjects: [{ kind: 'Group', name: 'ops' }],
      });
    bind('one', 'ClusterRole', 'gone');
    bind('two', 'ClusterRole', 'gone');
    bind('three', 'Role', 'lost', 'a');
    const cluster = 'clusterrole.rbac.authorization.k8s.io "gone" not found';
    const both = `[${cluster}, role.rbac.authorization.k8s.io "lost" not found]`;
    expect(ask('joe', 'a', ['ops'])).toEqual({ decision: 'noOpinion', reason: `RBAC: ${both}` });
    expect(ask('joe', 'b', ['ops']).reason).toBe(`RBAC: ${cluster}`);
    expect(ask('joe', 'a').reason).toBe('');
    expect(authorizer.rulesFor({ name: 'joe', groups: ['ops'] }, 'a')).toEqual({
      rules: [],
      incomplete: false,
      error: both,
    });
    grants.putRole({ namespace: 'a', name: 'lost', rules: readPods });
    expect(ask('joe', 'a', ['ops']).reason).toBe(
      'RBAC: allowed by RoleBinding "three/a" of Role "lost" to Group "ops"',
    );
  });

  it('finds one of many roles, and follows their changes', () => {
    const { grants, ask } = setUp();
    const names = Array.from({ length: 30 }, (_, index) => `role-${index}`);
    for (const name of names) {
      grants.putRole({ name, rules: [{ verbs: ['get'], apiGroups: [''], resources: [name] }] });
      grants.putBinding({
        name,
        roleRef: { kind: 'ClusterRole', name },
        subjects: [{ kind: 'User', name: 'joe' }],
      });
    }
    expect(ask('joe', 'a').decision).toBe('noOpinion');
    grants.putRole({ name: 'role-17', rules: readPods });
    expect(ask('joe', 'a').reason).toContain('ClusterRoleBinding "role-17"');
    grants.removeRole({ name: 'role-17' });
    expect(ask('joe', 'a').reason).toContain('"role-17" not found');
    grants.putRole({ name: 'role-17', rules: readPods });
    grants.removeBinding({ name: 'role-17' });
    expect(ask('joe', 'a')).toEqual({ decision: 'noOpinion', reason: '' });
  });
});
