import type { Attributes } from './attributes';
import { componentGrants } from './component-roles';
import { forbiddenMessage } from './forbidden-message';
import { RuleAuthorizer } from './rule-authorizer';
import { StoredGrants } from './stored-grants';

const janes = new StoredGrants();
janes.putRole({
  namespace: 'dev',
  name: 'reader',
  rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods', '*/log'], resourceNames: ['a'] }],
});
janes.putBinding({
  namespace: 'dev',
  name: 'jane-reads',
  roleRef: { kind: 'Role', name: 'reader' },
  subjects: [{ kind: 'User', name: 'jane' }],
});
const authorizer = new RuleAuthorizer([componentGrants(), janes]);
const ask = (user: string, groups: string[], what: Partial<Attributes>): Attributes => ({
  user: { name: user, groups },
  verb: 'get',
  resource: 'pods',
  apiGroup: '',
  subresource: '',
  namespace: 'dev',
  name: '',
  path: '',
  ...what,
});

describe('RuleAuthorizer', () => {
  it.each([
    ['nobody else', ask('x', ['system:authenticated'], {}), false],
    ['a name that is allowed', ask('jane', [], { name: 'a' }), true],
    ['another name', ask('jane', [], { name: 'b' }), false],
    ['another namespace', ask('jane', [], { name: 'a', namespace: 'prod' }), false],
    ['a subresource by wildcard', ask('jane', [], { name: 'a', subresource: 'log' }), true],
    ['a subresource not named', ask('jane', [], { name: 'a', subresource: 'exec' }), false],
    ['a path', ask('x', ['system:authenticated'], { resource: '', path: '/metrics' }), false],
    ['a component', ask('system:kube-proxy', [], { verb: 'watch', resource: 'services' }), true],
    ['a component and what is not its own', ask('system:kube-proxy', [], { verb: 'get', resource: 'secrets' }), false],
    ['a kubelet, which is for the node authorizer', ask('system:node:n', ['system:nodes'], {}), false],
  ] as const)('%s', (_what, attributes, allowed) =>
    expect(authorizer.authorize(attributes).decision).toBe(allowed ? 'allow' : 'noOpinion'),
  );

  it('words refusals as Kubernetes does', () => {
    expect(forbiddenMessage(ask('<b>x', [], { resource: '', path: '/a&b' }), 'R: <no>')).toBe(
      'User "&lt;b&gt;x" cannot get path "/a&amp;b": R: <no>',
    );
    expect(forbiddenMessage(ask('x', [], { verb: 'list' }))).toBe(
      'User "x" cannot list resource "pods" in API group "" in the namespace "dev"',
    );
    expect(
      forbiddenMessage(
        ask('x', [], { apiGroup: 'apps', resource: 'deployments', subresource: 'scale', namespace: '' }),
      ),
    ).toBe('User "x" cannot get resource "deployments/scale" in API group "apps" at the cluster scope');
    expect(forbiddenMessage(ask('x', [], { resource: '', path: '/logs' }))).toBe('User "x" cannot get path "/logs"');
    expect(forbiddenMessage(ask('x', [], { resource: '', path: '/logs' }), 'not now')).toBe(
      'User "x" cannot get path "/logs": not now',
    );
  });
});
