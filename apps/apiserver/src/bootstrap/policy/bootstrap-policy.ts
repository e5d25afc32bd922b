import { isNotFound, type ApiObject, type RoleBinding } from '@nestor/api';
import { createLogger } from '@nestor/telemetry';
import { rbacGroup } from '../../authorization/stored-roles';
import type { ResourceRegistry } from '../../registry/resource-registry';
import { deleteOne } from '../../storage/delete';
import { ensureObject, serverRequest, updateOwn } from '../../storage/server-writes';
import type { StorageContext } from '../../storage/storage-context';
import { componentBindings, componentRoles } from './component-roles';
import { controllerBindings, controllerRoles } from './controller-roles';
import type { DefaultBinding, DefaultRole } from './default-role';
import { namespacedBindings, namespacedRoles } from './namespaced-roles';
import { autoUpdate, reconciledBinding, reconciledRole } from './reconcile-policy';
import { userFacingRoles } from './user-facing-roles';

const log = createLogger('bootstrap');
const apiVersion = `${rbacGroup}/v1`;

const metadataOf = (name: string, { namespace, labels }: Pick<DefaultRole, 'namespace' | 'labels'>) => ({
  name,
  ...(namespace ? { namespace } : {}),
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
  annotations: { [autoUpdate]: 'true' },
});

const roleOf = (role: DefaultRole): ApiObject => ({
  apiVersion,
  kind: role.namespace ? 'Role' : 'ClusterRole',
  metadata: metadataOf(role.name, role),
  ...(role.gathers
    ? { aggregationRule: { clusterRoleSelectors: role.gathers.map((matchLabels) => ({ matchLabels })) } }
    : {}),
  rules: role.rules ?? [],
});

const bindingOf = ({ name, namespace, role, subjects }: DefaultBinding): ApiObject => ({
  apiVersion,
  kind: namespace ? 'RoleBinding' : 'ClusterRoleBinding',
  metadata: metadataOf(name ?? role, { namespace }),
  roleRef: { apiGroup: rbacGroup, kind: namespace ? 'Role' : 'ClusterRole', name: role },
  ...(subjects.length > 0
    ? { subjects: subjects.map((one) => (one.kind === 'ServiceAccount' ? one : { apiGroup: rbacGroup, ...one })) }
    : {}),
});

/** Roles and bindings of every cluster, by the resource they are stored under. */
export function defaultPolicy(): Map<string, ApiObject[]> {
  return new Map([
    ['clusterroles', [...userFacingRoles, ...componentRoles, ...controllerRoles].map(roleOf)],
    ['roles', namespacedRoles.map(roleOf)],
    ['clusterrolebindings', [...componentBindings, ...controllerBindings].map(bindingOf)],
    ['rolebindings', namespacedBindings.map(bindingOf)],
  ]);
}

/**
 * Makes the roles and bindings that every cluster has, and gives back to those that are there what they lack, unless
 * they are annotated to be left alone. All at once, so that they meet in few commits.
 */
export async function ensureBootstrapPolicy(context: StorageContext, registry: ResourceRegistry): Promise<void> {
  const work: Promise<void>[] = [];
  for (const [plural, objects] of defaultPolicy()) {
    const resource = `${plural}.${rbacGroup}`;
    if (registry.byKey(resource))
      work.push(...objects.map((object) => ensure(context, registry, { resource, object })));
  }
  await Promise.all(work);
}

async function ensure(
  context: StorageContext,
  registry: ResourceRegistry,
  { resource, object }: { resource: string; object: ApiObject },
): Promise<void> {
  const served = registry.byKey(resource)!;
  const cache = context.cache.resource(resource);
  await cache.ready();
  const { namespace = '', name = '' } = object.metadata;
  const stored = cache.get(namespace, name)?.object() as ApiObject | undefined;
  if (!stored) return ensureObject(context, served, object);
  const reconciled = reconcile(stored, object);
  if (!reconciled) return;
  log.info({ resource, namespace, name }, 'giving back what a default role or binding lacks');
  if (reconciled !== 'recreate') {
    await updateOwn(context, served, { namespace, name }, (current) => {
      const again = reconcile(current, object);
      return again && again !== 'recreate' ? again : current;
    });
    return;
  }
  const { user, warnings } = serverRequest(served, { namespace, name }).exchange;
  const options = { dryRun: false, preconditions: { uid: stored.metadata.uid } };
  await deleteOne(context, served, { user, warnings }, { namespace, name, options }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  await cache.waitFor(await context.store.currentRevision());
  await ensureObject(context, served, object);
}

const reconcile = (stored: ApiObject, wanted: ApiObject): ReturnType<typeof reconciledBinding> =>
  wanted.kind.endsWith('Binding')
    ? reconciledBinding(stored as RoleBinding, wanted as RoleBinding)
    : reconciledRole(stored, wanted);
