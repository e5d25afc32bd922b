import type { ApiObject } from '@nestor/api';
import { systemMasters } from '@nestor/auth';
import { rbacGroup } from '../authorization/stored-roles';
import type { ResourceRegistry } from '../registry/resource-registry';
import { ensureObject } from '../storage/server-writes';
import type { StorageContext } from '../storage/storage-context';
import { userFacingRoles, type UserFacingRole } from './user-facing-roles';

const apiVersion = `${rbacGroup}/v1`;

function metadataOf(name: string, labels?: Record<string, string>): ApiObject['metadata'] {
  return {
    name,
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  };
}

const roleOf = ({ name, labels, rules = [], gathers }: UserFacingRole): ApiObject => ({
  apiVersion,
  kind: 'ClusterRole',
  metadata: metadataOf(name, labels),
  ...(gathers ? { aggregationRule: { clusterRoleSelectors: gathers.map((matchLabels) => ({ matchLabels })) } } : {}),
  rules,
});

const administrators: ApiObject = {
  apiVersion,
  kind: 'ClusterRoleBinding',
  metadata: metadataOf('cluster-admin'),
  roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ apiGroup: rbacGroup, kind: 'Group', name: systemMasters }],
};

/** The roles every cluster has. All at once, so that they meet in one commit. */
export async function ensureBootstrapPolicy(context: StorageContext, registry: ResourceRegistry): Promise<void> {
  const roles = registry.byKey(`clusterroles.${rbacGroup}`);
  const bindings = registry.byKey(`clusterrolebindings.${rbacGroup}`);
  if (!roles || !bindings) return;
  await Promise.all([
    ...userFacingRoles.map((role) => ensureObject(context, roles, roleOf(role))),
    ensureObject(context, bindings, administrators),
  ]);
}
