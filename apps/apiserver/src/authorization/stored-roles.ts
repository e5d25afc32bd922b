import type { ClusterRoleBinding, Role, RoleBinding } from '@nestor/api';
import type { StoredGrants } from '@nestor/auth';
import { createLogger } from '@nestor/telemetry';
import type { CachedObject, WatchCache } from '@nestor/watch';
import { followStored } from '../registry/follow-stored';

const log = createLogger('authorization');
export const rbacGroup = 'rbac.authorization.k8s.io';

interface Apply {
  put(object: CachedObject): void;
  remove(namespace: string, name: string): void;
}

/** Keeps what the authorizer knows of Roles and bindings as the watch cache has them. */
export class StoredRoles {
  constructor(
    private readonly cache: WatchCache,
    private readonly grants: StoredGrants,
    private readonly shutdown: AbortSignal,
  ) {}

  /** Resolves once everything stored counts. */
  async start(): Promise<void> {
    const { grants } = this;
    const roles: Apply = {
      put: (stored) => {
        const { namespace, name } = stored;
        grants.putRole({ namespace, name, rules: (stored.object() as Role).rules ?? [] });
      },
      remove: (namespace, name) => grants.removeRole({ namespace, name }),
    };
    const bindings: Apply = {
      put: (stored) => {
        const { namespace, name } = stored;
        const { roleRef, subjects } = stored.object() as RoleBinding | ClusterRoleBinding;
        grants.putBinding({ namespace, name, roleRef, subjects: subjects ?? [] });
      },
      remove: (namespace, name) => grants.removeBinding({ namespace, name }),
    };
    await Promise.all([
      this.follow('roles', roles),
      this.follow('clusterroles', roles),
      this.follow('rolebindings', bindings),
      this.follow('clusterrolebindings', bindings),
    ]);
  }

  private follow(plural: string, apply: Apply): Promise<void> {
    return followStored(this.cache.resource(`${plural}.${rbacGroup}`), {
      ...apply,
      failed: (error) => log.warn({ error, resource: plural }, 'cannot follow what the authorizer knows; trying again'),
      shutdown: this.shutdown,
    });
  }
}
