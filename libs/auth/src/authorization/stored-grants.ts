import { serviceAccountUserName, type UserInfo } from '../user';
import type { Attributes } from './attributes';
import { BoundRole, HeldRules, type Held } from './held-rules';
import type { PolicyRule } from './policy-rule';

/** What of a Role or ClusterRole counts; the latter has no namespace. */
export interface StoredRole {
  namespace?: string;
  name: string;
  rules: readonly PolicyRule[];
}

export interface BindingSubject {
  kind: string;
  name: string;
  namespace?: string;
}

/** What of a RoleBinding or ClusterRoleBinding counts; the latter has no namespace. */
export interface StoredBinding {
  namespace?: string;
  name: string;
  roleRef: { kind: string; name: string };
  subjects: readonly BindingSubject[];
}

/** By namespace; '' is everywhere. */
type Scopes = Map<string, HeldRules>;
type Holders = Map<string, Scopes>;

const everywhere: readonly string[] = [''];
const placeOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`;

/**
 * Roles and bindings as they are stored, indexed by who holds them: a decision looks only at what the caller and its
 * groups hold in the namespace, however many others there are. Roles and bindings may come in any order.
 */
export class StoredGrants {
  private readonly roles = new Map<string, BoundRole>();
  private readonly bindings = new Map<string, StoredBinding>();
  private readonly users: Holders = new Map();
  private readonly groups: Holders = new Map();

  putRole({ namespace, name, rules }: StoredRole): void {
    this.roleAt(namespace, name).rules = rules;
  }

  removeRole({ namespace, name }: Pick<StoredRole, 'namespace' | 'name'>): void {
    const role = this.roles.get(placeOf(namespace, name));
    if (!role) return;
    role.rules = undefined;
    this.forgetRole(role, placeOf(namespace, name));
  }

  putBinding(binding: StoredBinding): void {
    this.removeBinding(binding);
    const { namespace = '', name, subjects } = binding;
    const place = placeOf(namespace, name);
    const role = this.roleOf(binding);
    const scopes: HeldRules[] = [];
    for (const subject of subjects) {
      const holder = this.holderOf(subject, namespace);
      if (!holder) continue;
      const own = entry(holder.among, holder.name, (): Scopes => new Map());
      const scope = entry(own, namespace, () => new HeldRules());
      scope.put(place, heldBy(role, binding, subject));
      scopes.push(scope);
    }
    role.scopes.set(place, scopes);
    this.bindings.set(place, binding);
  }

  removeBinding({ namespace = '', name }: Pick<StoredBinding, 'namespace' | 'name'>): void {
    const place = placeOf(namespace, name);
    const before = this.bindings.get(place);
    if (!before) return;
    this.bindings.delete(place);
    for (const subject of before.subjects) this.takeFrom(subject, namespace, place);
    const role = this.roleOf(before);
    role.scopes.delete(place);
    this.forgetRole(role, this.rolePlaceOf(before));
  }

  /** Why it is allowed, if something that the caller holds allows it. */
  find(attributes: Attributes): Held | undefined {
    const { user } = attributes;
    const own = findIn(this.users.get(user.name), attributes);
    if (own) return own;
    for (const group of user.groups) {
      const found = findIn(this.groups.get(group), attributes);
      if (found) return found;
    }
    return undefined;
  }

  /** The errors of the user's bindings to roles that are not there. */
  missingFor(user: UserInfo, namespace: string): string[] {
    const missing: string[] = [];
    for (const scope of this.scopesOf(user, namespace)) missing.push(...scope.missing);
    return missing;
  }

  rulesFor(user: UserInfo, namespace: string): PolicyRule[] {
    return this.scopesOf(user, namespace).flatMap((scope) => [...scope.rules()]);
  }

  private scopesOf(user: UserInfo, namespace: string): HeldRules[] {
    const scopes: HeldRules[] = [];
    // Every refusal comes by here: plain loops.
    for (const place of namespace === '' ? everywhere : ['', namespace]) {
      const own = this.users.get(user.name)?.get(place);
      if (own) scopes.push(own);
      for (const group of user.groups) {
        const held = this.groups.get(group)?.get(place);
        if (held) scopes.push(held);
      }
    }
    return scopes;
  }

  private rolePlaceOf({ namespace, roleRef }: StoredBinding): string {
    return placeOf(roleRef.kind === 'Role' ? namespace : '', roleRef.name);
  }

  private roleOf({ namespace, roleRef }: StoredBinding): BoundRole {
    return this.roleAt(roleRef.kind === 'Role' ? namespace : '', roleRef.name);
  }

  private roleAt(namespace: string | undefined, name: string): BoundRole {
    return entry(this.roles, placeOf(namespace, name), () => new BoundRole(namespace ? 'Role' : 'ClusterRole', name));
  }

  private forgetRole(role: BoundRole, place: string): void {
    if (!role.isUsed) this.roles.delete(place);
  }

  private takeFrom(subject: BindingSubject, namespace: string, place: string): void {
    const holder = this.holderOf(subject, namespace);
    const scopes = holder?.among.get(holder.name);
    const scope = scopes?.get(namespace);
    scope?.remove(place);
    if (scope?.isEmpty) scopes?.delete(namespace);
    if (holder && scopes?.size === 0) holder.among.delete(holder.name);
  }

  /** As whom a subject calls; undefined where nobody can be it. */
  private holderOf(
    { kind, name, namespace }: BindingSubject,
    bindingNamespace: string,
  ): { among: Holders; name: string } | undefined {
    if (kind === 'User') return { among: this.users, name };
    if (kind === 'Group') return { among: this.groups, name };
    const home = namespace || bindingNamespace;
    if (kind !== 'ServiceAccount' || !home) return undefined;
    return { among: this.users, name: serviceAccountUserName(home, name) };
  }
}

function findIn(scopes: Scopes | undefined, attributes: Attributes): Held | undefined {
  if (!scopes) return undefined;
  const { namespace } = attributes;
  return scopes.get('')?.find(attributes) ?? (namespace === '' ? undefined : scopes.get(namespace)?.find(attributes));
}

function heldBy(role: BoundRole, binding: StoredBinding, subject: BindingSubject): Held {
  let reason: string | undefined;
  return {
    role,
    // Worded once: what is asked for often is allowed for the same reason each time.
    get reason() {
      return (reason ??= `RBAC: allowed by ${describe(binding, subject)}`);
    },
  };
}

function describe({ namespace, name, roleRef }: StoredBinding, subject: BindingSubject): string {
  const what = namespace ? `RoleBinding ${quoted(`${name}/${namespace}`)}` : `ClusterRoleBinding ${quoted(name)}`;
  const home = subject.kind === 'ServiceAccount' ? `/${subject.namespace || namespace}` : '';
  return `${what} of ${roleRef.kind} ${quoted(roleRef.name)} to ${subject.kind} ${quoted(`${subject.name}${home}`)}`;
}

const quoted = (text: string): string => JSON.stringify(text);

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
