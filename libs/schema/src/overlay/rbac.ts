import { atomic, atomicMaps, each, emptyString, inPackage, joinOverlays, struct } from './overlay';
import type { Overlay } from './overlay';

const lists = { metadata: struct };

/** k8s.io/api/rbac/v1 */
const fields: Overlay = inPackage('io.k8s.api.rbac.v1.', {
  RoleRef: { apiGroup: emptyString },
  AggregationRule: { clusterRoleSelectors: atomic },
  PolicyRule: each('verbs apiGroups resources resourceNames nonResourceURLs', atomic),
  Role: { metadata: struct, rules: atomic },
  ClusterRole: { metadata: struct, rules: atomic },
  RoleBinding: { metadata: struct, subjects: atomic, roleRef: struct },
  ClusterRoleBinding: { metadata: struct, subjects: atomic, roleRef: struct },
  RoleList: lists,
  RoleBindingList: lists,
  ClusterRoleList: lists,
  ClusterRoleBindingList: lists,
});

export const rbacOverlay = joinOverlays(fields, atomicMaps('io.k8s.api.rbac.v1.', 'RoleRef Subject'));
