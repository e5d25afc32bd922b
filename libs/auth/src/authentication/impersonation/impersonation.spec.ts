import type { Attributes } from '../../authorization/attributes';
import type { Decision } from '../../authorization/authorizer';
import type { UserInfo } from '../../user';
import { Impersonator } from './impersonator';
import { wantedUser } from './wanted-user';

const jane: UserInfo = { name: 'jane', groups: ['system:authenticated'] };
const agent: UserInfo = {
  name: 'system:serviceaccount:kube-system:agent',
  groups: [],
  extra: { 'authentication.kubernetes.io/node-name': ['n1'], 'authentication.kubernetes.io/pod-name': ['p'] },
};
const listPods = (user = jane): Attributes => ({
  user,
  verb: 'list',
  apiGroup: '',
  resource: 'pods',
  subresource: '',
  namespace: 'shop',
  name: '',
  path: '',
});
const shown = ({ verb, apiGroup, resource, subresource, namespace, name }: Attributes): string =>
  [verb, [resource, apiGroup].filter(Boolean).join('.') + (subresource && `/${subresource}`), namespace, name]
    .filter(Boolean)
    .join(' ');

/** Allows what it lists, and keeps what it was asked. */
function authorizer(...allowed: string[]) {
  const asked: Attributes[] = [];
  return {
    asked,
    texts: () => asked.map(shown),
    authorize(attributes: Attributes): Decision {
      asked.push(attributes);
      return { decision: allowed.includes(shown(attributes)) ? 'allow' : 'noOpinion', reason: '' };
    },
  };
}

describe('the headers', () => {
  it('name nobody where there are none', () => {
    expect(wantedUser(['Accept', '*/*'])).toBeUndefined();
  });

  it('name a user with groups, uid and extra', () => {
    const headers = ['Impersonate-User', 'joe', 'impersonate-group', 'dev', 'IMPERSONATE-GROUP', 'ops'];
    headers.push(
      'Impersonate-Uid',
      '1',
      'Impersonate-Extra-acme.com%2Froom',
      'x',
      'Impersonate-Extra-Acme.com%2froom',
      'y',
    );
    expect(wantedUser(headers)).toEqual({
      name: 'joe',
      uid: '1',
      groups: ['dev', 'ops'],
      extra: { 'acme.com/room': ['x', 'y'] },
    });
  });

  it('are wrong without a user', () => {
    expect(() => wantedUser(['Impersonate-Group', 'system:masters'])).toThrow(
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"system:masters"}, Extra:map[string][]string(nil)} without impersonating a user name',
    );
    expect(() => wantedUser(['Impersonate-Extra-a', 'b', 'Impersonate-Uid', 'u'])).toThrow(
      'requested &user.DefaultInfo{Name:"", UID:"u", Groups:[]string(nil), Extra:map[string][]string{"a":{"b"}}} without',
    );
  });
});

describe('acting as another by the one right to', () => {
  it('asks for the user, uid, groups and extra by name', async () => {
    const needs = [
      'impersonate users joe',
      'impersonate uids.authentication.k8s.io 1',
      'impersonate groups dev',
      'impersonate groups ops',
      'impersonate userextras.authentication.k8s.io/a/b x',
    ];
    const by = authorizer(...needs);
    const wanted = { name: 'joe', uid: '1', groups: ['dev', 'ops'], extra: { 'a/b': ['x'] } };
    expect(await new Impersonator(by).impersonate(wanted, listPods())).toEqual({
      user: { ...wanted, groups: ['dev', 'ops', 'system:authenticated'] },
      constraint: '',
    });
    expect(by.texts().slice(1)).toEqual(needs);
    for (const missing of needs) {
      const without = authorizer(...needs.filter((need) => need !== missing));
      await expect(new Impersonator(without).impersonate(wanted, listPods())).rejects.toMatchObject({
        status: { reason: 'Forbidden' },
      });
    }
  });

  it('gives a service account its groups', async () => {
    const by = authorizer('impersonate serviceaccounts shop robot');
    const { user } = await new Impersonator(by).impersonate(
      { name: 'system:serviceaccount:shop:robot', groups: [] },
      listPods(),
    );
    expect(user.groups).toEqual(['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated']);
  });

  it('leaves the anonymous user unauthenticated', async () => {
    const by = authorizer(
      'impersonate users system:anonymous',
      'impersonate users joe',
      'impersonate groups system:unauthenticated',
    );
    const as = async (wanted: UserInfo) => (await new Impersonator(by).impersonate(wanted, listPods())).user.groups;
    expect(await as({ name: 'system:anonymous', groups: [] })).toEqual(['system:unauthenticated']);
    expect(await as({ name: 'joe', groups: ['system:unauthenticated'] })).toEqual(['system:unauthenticated']);
  });

  it('is refused in the words of what was tried first, and of what was granted last', async () => {
    const joe = { name: 'joe', groups: [] };
    const impersonator = new Impersonator(authorizer('impersonate users jack'));
    await expect(impersonator.impersonate(joe, listPods())).rejects.toThrow(
      'pods is forbidden: User "jane" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "shop"',
    );
    await impersonator.impersonate({ name: 'jack', groups: [] }, listPods());
    await expect(impersonator.impersonate(joe, listPods())).rejects.toThrow(
      'users "joe" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
  });
});

describe('acting as another for certain actions', () => {
  it('takes the right to the identity and to the action', async () => {
    const rights = ['impersonate-on:user-info:list pods shop', 'impersonate:user-info users.authentication.k8s.io joe'];
    const joe = { name: 'joe', groups: [] };
    expect(await new Impersonator(authorizer(...rights)).impersonate(joe, listPods())).toEqual({
      user: { name: 'joe', groups: ['system:authenticated'] },
      constraint: 'impersonate:user-info',
    });
    await expect(new Impersonator(authorizer(rights[0]!)).impersonate(joe, listPods())).rejects.toThrow(
      'users.authentication.k8s.io "joe" is forbidden: User "jane" cannot impersonate:user-info resource "users" in API group "authentication.k8s.io" at the cluster scope',
    );
    await expect(new Impersonator(authorizer(rights[1]!)).impersonate(joe, listPods())).rejects.toThrow(
      /cannot impersonate-on:user-info:list/,
    );
  });

  it.each<[string, UserInfo, UserInfo, string[], string[]]>([
    [
      'the node it runs on',
      agent,
      { name: 'system:node:n1', groups: [] },
      ['impersonate-on:associated-node:list pods shop', 'impersonate:associated-node nodes.authentication.k8s.io *'],
      ['system:nodes', 'system:authenticated'],
    ],
    [
      'any node',
      jane,
      { name: 'system:node:n2', groups: [] },
      ['impersonate-on:arbitrary-node:list pods shop', 'impersonate:arbitrary-node nodes.authentication.k8s.io n2'],
      ['system:nodes', 'system:authenticated'],
    ],
    [
      'a service account',
      jane,
      { name: 'system:serviceaccount:shop:robot', groups: [] },
      [
        'impersonate-on:serviceaccount:list pods shop',
        'impersonate:serviceaccount serviceaccounts.authentication.k8s.io shop robot',
      ],
      ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'],
    ],
  ])('is possible as %s', async (_, caller, wanted, rights, groups) => {
    const by = authorizer(...rights);
    const found = await new Impersonator(by).impersonate(wanted, listPods(caller));
    expect(found.user).toEqual({ name: wanted.name, groups });
    expect(found.constraint).toBe(rights[1]!.split(' ')[0]);
  });

  it('as a node asks without what tells nodes apart', async () => {
    const by = authorizer(
      'impersonate-on:associated-node:list pods shop',
      'impersonate:associated-node nodes.authentication.k8s.io *',
    );
    await new Impersonator(by).impersonate({ name: 'system:node:n1', groups: [] }, listPods(agent));
    const keys = ['authentication.kubernetes.io/node-name', 'authentication.kubernetes.io/pod-name'];
    expect(by.asked.map(({ user }) => user.extra)).toEqual(
      by.asked.map(() => ({ 'authentication.kubernetes.io/associated-node-keys': keys })),
    );
    const elsewhere = authorizer('impersonate-on:associated-node:list pods shop');
    await expect(
      new Impersonator(elsewhere).impersonate({ name: 'system:node:n2', groups: [] }, listPods(agent)),
    ).rejects.toThrow(/arbitrary-node/);
  });

  it('needs one right for many groups, where there is such', async () => {
    const groups = ['a', 'b', 'c', 'd'];
    const by = authorizer(
      'impersonate-on:user-info:list pods shop',
      'impersonate:user-info users.authentication.k8s.io joe',
      'impersonate:user-info groups.authentication.k8s.io *',
    );
    const { user } = await new Impersonator(by).impersonate({ name: 'joe', groups }, listPods());
    expect(user.groups).toEqual([...groups, 'system:authenticated']);
  });

  it.each<[string, Partial<UserInfo>, RegExp]>([
    ['masters', { groups: ['system:masters'] }, /impersonating the system:masters group is not allowed$/],
    ['a group without a name', { groups: [''] }, /impersonating the empty string group is not allowed$/],
    ['extra without a domain', { extra: { a: ['b'] } }, /impersonating an invalid key in extra is not allowed/],
    ['empty extra', { extra: { 'a.b/c': [''] } }, /impersonating the empty string value in extra is not allowed$/],
  ])('is never possible as %s', async (_, more, message) => {
    const authorizeAll = (attributes: Attributes): Decision => ({
      decision: attributes.verb === 'impersonate' ? 'noOpinion' : 'allow',
      reason: '',
    });
    const wanted = { name: 'joe', groups: [], ...more };
    await expect(new Impersonator({ authorize: authorizeAll }).impersonate(wanted, listPods())).rejects.toThrow(
      message,
    );
  });
});
