import { setTimeout as pause } from 'node:timers/promises';
import type { ApiObject, ClusterRoleBinding, RoleBinding } from '@nestor/api';
import type { PolicyRule, StoredBinding, StoredGrants, StoredRole } from '@nestor/auth';
import { createLogger } from '@nestor/telemetry';
import type { WatchCache, WatchEvent } from '@nestor/watch';

const log = createLogger('authorization');
export const rbacGroup = 'rbac.authorization.k8s.io';
const retryMs = 250;

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

  private async follow(plural: string, apply: Apply): Promise<void> {
    const resource = this.cache.resource(`${plural}.${rbacGroup}`);
    await resource.ready();
    const known = new Map<string, ApiObject>();
    const write = (event: WatchEvent): boolean => {
      if (event.type === 'BOOKMARK') return true;
      const object = event.object.object() as ApiObject;
      const isGone = event.type === 'DELETED';
      const place = `${event.object.namespace}/${event.object.name}`;
      if (isGone) known.delete(place);
      else known.set(place, object);
      apply(object, isGone);
      return true;
    };
    const end = (): void => void this.startOver(plural, apply, known);
    await resource.watch({}, { write, end });
  }

  /** The cache lost its place: what it does not have any more goes, the rest comes again. */
  private async startOver(plural: string, apply: Apply, known: ReadonlyMap<string, ApiObject>): Promise<void> {
    while (!this.shutdown.aborted) {
      try {
        await this.follow(plural, apply);
        const resource = this.cache.resource(`${plural}.${rbacGroup}`);
        for (const object of known.values()) {
          const { namespace = '', name = '' } = object.metadata;
          if (!resource.get(namespace, name)) apply(object, true);
        }
        return;
      } catch (error) {
        log.warn({ error, resource: plural }, 'cannot follow what the authorizer knows; trying again');
        await pause(retryMs);
      }
    }
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
