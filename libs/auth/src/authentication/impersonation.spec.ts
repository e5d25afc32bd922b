import type { UserInfo } from '../user';
import { readImpersonation } from './impersonation';

const caller: UserInfo = { name: 'jane', groups: ['system:authenticated'] };

describe('readImpersonation', () => {
  it('is nothing without the headers', () => {
    expect(readImpersonation({ accept: ['*/*'] }, caller)).toBeUndefined();
  });

  it('asks for the user and every group by name', () => {
    const found = readImpersonation({ 'impersonate-user': ['joe'], 'impersonate-group': ['dev', 'ops'] }, caller);
    expect(found?.user).toEqual({ name: 'joe', groups: ['dev', 'ops', 'system:authenticated'] });
    expect(found?.needs.map(({ user, verb, resource, name }) => [user.name, verb, resource, name])).toEqual([
      ['jane', 'impersonate', 'users', 'joe'],
      ['jane', 'impersonate', 'groups', 'dev'],
      ['jane', 'impersonate', 'groups', 'ops'],
    ]);
  });

  it('asks for a service account in its namespace and gives it its groups', () => {
    const found = readImpersonation({ 'impersonate-user': ['system:serviceaccount:shop:robot'] }, caller);
    expect(found?.needs).toMatchObject([{ resource: 'serviceaccounts', namespace: 'shop', name: 'robot' }]);
    expect(found?.user.groups).toEqual([
      'system:serviceaccounts',
      'system:serviceaccounts:shop',
      'system:authenticated',
    ]);
  });

  it('asks for uid and extra as resources of authentication.k8s.io', () => {
    const found = readImpersonation(
      { 'impersonate-user': ['joe'], 'impersonate-uid': ['1'], 'impersonate-extra-a%2fb': ['x', 'y'] },
      caller,
    );
    expect(found?.user).toMatchObject({ uid: '1', extra: { 'a/b': ['x', 'y'] } });
    expect(found?.needs.slice(1).map((need) => [need.apiGroup, need.resource, need.subresource, need.name])).toEqual([
      ['authentication.k8s.io', 'userextras', 'a/b', 'x'],
      ['authentication.k8s.io', 'userextras', 'a/b', 'y'],
      ['authentication.k8s.io', 'uids', '', '1'],
    ]);
  });

  it('leaves the anonymous user unauthenticated', () => {
    const found = readImpersonation({ 'impersonate-user': ['system:anonymous'] }, caller);
    expect(found?.user.groups).toEqual(['system:unauthenticated']);
  });

  it('refuses groups without a user', () => {
    expect(() => readImpersonation({ 'impersonate-group': ['system:masters'] }, caller)).toThrow(
      /without impersonating/,
    );
  });
});
