import { changed, created, createErrors, definitionOf, updateErrors } from '../../test/created';
import type { ApiObject, RoleBinding } from '../meta/json-types';

const apiVersion = 'rbac.authorization.k8s.io/v1';
const role = (rule: object, kind = 'Role'): object => ({ apiVersion, kind, metadata: { name: 'r' }, rules: [rule] });
const binding = {
  apiVersion,
  kind: 'RoleBinding',
  metadata: { name: 'b' },
  roleRef: { kind: 'Role', name: 'r' },
  subjects: [
    { kind: 'User', name: 'joe' },
    { kind: 'ServiceAccount', name: 'bot', namespace: 'ns' },
  ],
};

describe('rbac.authorization.k8s.io', () => {
  it.each<[string, object, string[]]>([
    ['rule for resources', { verbs: ['get'], apiGroups: [''], resources: ['pods'] }, []],
    [
      'empty rule',
      {},
      [
        'rules[0].verbs: Required value: verbs must contain at least one value',
        'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
        'rules[0].resources: Required value: resource rules must supply at least one resource',
      ],
    ],
    [
      'rule for paths',
      { verbs: ['get'], nonResourceURLs: ['/x'], resources: ['pods'] },
      [
        'rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
        'rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource URLs',
      ],
    ],
  ])('a Role may have, or says why not, a %s', (_, rule, messages) =>
    expect(createErrors(role(rule))).toEqual(messages),
  );

  it('lets ClusterRoles speak of paths and gather others', () => {
    expect(createErrors(role({ verbs: ['get'], nonResourceURLs: ['/x'] }, 'ClusterRole'))).toEqual([]);
    const gathers = { apiVersion, kind: 'ClusterRole', metadata: { name: 'r' }, aggregationRule: {} };
    expect(createErrors(gathers)).toEqual([
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ]);
  });

  it('fills in the group of roles, users and groups', () => {
    const { roleRef, subjects } = created<RoleBinding>(binding);
    expect([roleRef.apiGroup, ...(subjects ?? []).map(({ apiGroup }) => apiGroup)]).toEqual([
      'rbac.authorization.k8s.io',
      'rbac.authorization.k8s.io',
      undefined,
    ]);
  });

  it.each<[string, object, string[]]>([
    ['all of it', binding, []],
    [
      'another kind of role',
      changed(binding, { roleRef: { kind: 'Rule', name: '' } }),
      [
        'roleRef.kind: Unsupported value: "Rule": supported values: "Role", "ClusterRole"',
        'roleRef.name: Required value',
      ],
    ],
    [
      'nobody',
      changed(binding, { subjects: [{ kind: 'Robot', name: 'x' }] }),
      ['subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"'],
    ],
    [
      'everywhere',
      changed(binding, { kind: 'ClusterRoleBinding', subjects: [{ kind: 'ServiceAccount', name: 'x' }] }),
      [
        'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
        'subjects[0].namespace: Required value',
      ],
    ],
  ])('checks a binding: %s', (_, manifest, messages) => expect(createErrors(manifest)).toEqual(messages));

  it('keeps the role of a binding', () => {
    expect(updateErrors(binding, changed(binding, { roleRef: { name: 'other' } }))).toEqual([
      'roleRef: Invalid value: {"kind":"Role","name":"other","apiGroup":"rbac.authorization.k8s.io"}: cannot change roleRef',
    ]);
  });

  it('shows who holds what', () => {
    const { cells } = definitionOf(apiVersion, 'RoleBinding');
    const shown = cells(created<ApiObject>(binding), new Date());
    expect([shown[1], ...shown.slice(3)]).toEqual(['Role/r', 'joe', '', 'ns/bot']);
  });
});
