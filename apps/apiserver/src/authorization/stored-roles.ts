import type { ApiObject, ClusterRoleBinding, RoleBinding } from '@nestor/api';
import type { PolicyRule, StoredBinding, StoredGrants, StoredRole } from '@nestor/auth';
import { createLogger } from '@nestor/telemetry';
import type { WatchCache } from '@nestor/watch';
import { followResource } from '../registry/follow-resource';

const log = createLogger('authorization');
export const rbacGroup = 'rbac.authorization.k8s.io';

type Apply = (object: ApiObject, isGone: boolean) => void;

/** Keeps what the authorizer knows of Roles and bindings as the watch cache has them. */
export class StoredRoles {
  constructor(
    private readonly cache: WatchCache,
    private readonly grants: StoredGrants,
    private readonly shutdown: AbortSignal,
  ) {}

  /** Resolves once everything stored counts. */
  async start(): Promise<void> {
    const roles: Apply = (object, isGone) => this.applyRole(object, isGone);
    const bindings: Apply = (object, isGone) => this.applyBinding(object as RoleBinding, isGone);
    await Promise.all([
      this.follow('roles', roles),
      this.follow('clusterroles', roles),
      this.follow('rolebindings', bindings),
      this.follow('clusterrolebindings', bindings),
    ]);
  }

  private follow(plural: string, apply: Apply): Promise<void> {
    const resource = this.cache.resource(`${plural}.${rbacGroup}`);
    const known = new Map<string, ApiObject>();
    return followResource(resource, {
      changed: ({ type, object: stored }) => {
        const object = stored.object() as ApiObject;
        const isGone = type === 'DELETED';
        const place = `${stored.namespace}/${stored.name}`;
        if (isGone) known.delete(place);
        else known.set(place, object);
        apply(object, isGone);
      },
      // What the cache does not have any more went while it had lost its place.
      resumed: () => {
        for (const [place, object] of known) {
          const { namespace = '', name = '' } = object.metadata;
          if (resource.get(namespace, name)) continue;
          known.delete(place);
          apply(object, true);
        }
      },
      failed: (error) => log.warn({ error, resource: plural }, 'cannot follow what the authorizer knows; trying again'),
      shutdown: this.shutdown,
    });
  }

  private applyRole({ metadata, ...rest }: ApiObject, isGone: boolean): void {
    const { namespace, name = '' } = metadata;
    const rules = (rest['rules'] ?? []) as PolicyRule[];
    const role: StoredRole = { namespace, name, rules };
    if (isGone) this.grants.removeRole(role);
    else this.grants.putRole(role);
  }

  private applyBinding({ metadata, roleRef, subjects }: RoleBinding | ClusterRoleBinding, isGone: boolean): void {
    const { namespace, name = '' } = metadata;
    const binding: StoredBinding = { namespace, name, roleRef, subjects: subjects ?? [] };
    if (isGone) this.grants.removeBinding(binding);
    else this.grants.putBinding(binding);
  }
}
