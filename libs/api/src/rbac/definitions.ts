import type { ResourceDefinition } from '../resource-definition';
import { clusterRoleDefinition, roleDefinition } from './role';
import { clusterRoleBindingDefinition, roleBindingDefinition } from './role-binding';

export const rbacDefinitions: readonly ResourceDefinition[] = [
  roleDefinition,
  roleBindingDefinition,
  clusterRoleDefinition,
  clusterRoleBindingDefinition,
];
