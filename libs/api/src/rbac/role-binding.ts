import type { ClusterRoleBinding, RoleBinding } from '../meta/json-types';
import { pathSegmentName } from '../meta/object-name';
import { age, ageColumn, column, defineKind, nameColumn, wideColumn } from '../registry/define-kind';
import { rbacGroup, validateBinding, validateBindingUpdate } from './binding-validation';

type Binding = RoleBinding | ClusterRoleBinding;

function setDefaults({ roleRef, subjects }: Binding): void {
  if (roleRef && !roleRef.apiGroup) roleRef.apiGroup = rbacGroup;
  for (const subject of subjects ?? []) {
    if (!subject.apiGroup && (subject.kind === 'User' || subject.kind === 'Group')) subject.apiGroup = rbacGroup;
  }
}

const columns = [
  nameColumn,
  column('Role', 'string', 'RoleRef can only reference a ClusterRole in the global namespace.'),
  ageColumn,
  wideColumn('Users', 'string', 'Users in the binding'),
  wideColumn('Groups', 'string', 'Groups in the binding'),
  wideColumn('ServiceAccounts', 'string', 'ServiceAccounts in the binding'),
];

function cells(binding: Binding, now: Date): unknown[] {
  const named = (kind: string): string[] =>
    (binding.subjects ?? []).filter((subject) => subject.kind === kind).map(({ name }) => name);
  const accounts = (binding.subjects ?? [])
    .filter(({ kind }) => kind === 'ServiceAccount')
    .map(({ namespace = '', name }) => `${namespace}/${name}`);
  const roleRef = binding.roleRef as Binding['roleRef'] | undefined;
  return [
    binding.metadata.name,
    `${roleRef?.kind ?? ''}/${roleRef?.name ?? ''}`,
    age(binding, now),
    named('User').join(', '),
    named('Group').join(', '),
    accounts.join(', '),
  ];
}

const strategyOf = (isNamespaced: boolean) => ({
  nameCheck: pathSegmentName,
  setDefaults,
  validate: (binding: Binding) => validateBinding(binding, isNamespaced),
  validateUpdate: (binding: Binding, old: Binding) => validateBindingUpdate(binding, old, isNamespaced),
});

/** Gives the rules of a Role or ClusterRole to its subjects, in one namespace. */
export const roleBindingDefinition = defineKind({
  group: rbacGroup,
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespaced: true,
  definition: 'io.k8s.api.rbac.v1.RoleBinding',
  strategy: strategyOf(true),
  columns,
  cells,
});

/** Gives the rules of a ClusterRole to its subjects, everywhere. */
export const clusterRoleBindingDefinition = defineKind({
  group: rbacGroup,
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
  definition: 'io.k8s.api.rbac.v1.ClusterRoleBinding',
  strategy: strategyOf(false),
  columns,
  cells,
});
