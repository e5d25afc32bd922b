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
  return { grants, ask };
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
});
