import type { ApiObject, Role } from '../meta/json-types';
import { pathSegmentName } from '../meta/object-name';
import { column, defineKind, nameColumn } from '../registry/define-kind';
import { rbacGroup } from './binding-validation';
import { validateClusterRole, validateRole } from './policy-rule-validation';

const columns = [nameColumn, column('Created At', 'date')];
const cells = ({ metadata }: ApiObject): unknown[] => [metadata.name, metadata.creationTimestamp];

/** What may be done in one namespace. */
export const roleDefinition = defineKind({
  group: rbacGroup,
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  namespaced: true,
  definition: 'io.k8s.api.rbac.v1.Role',
  strategy: {
    nameCheck: pathSegmentName,
    validate: validateRole,
    validateUpdate: (role: Role) => validateRole(role),
  },
  columns,
  cells,
});

/** What may be done everywhere, or, where a RoleBinding names it, in the binding's namespace. */
export const clusterRoleDefinition = defineKind({
  group: rbacGroup,
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
  definition: 'io.k8s.api.rbac.v1.ClusterRole',
  strategy: {
    nameCheck: pathSegmentName,
    validate: validateClusterRole,
    validateUpdate: (role: Role) => validateClusterRole(role),
  },
  columns,
  cells,
});
