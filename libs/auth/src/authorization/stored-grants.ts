import { serviceAccountUserName, type UserInfo } from '../user';
import type { PolicyRule } from './policy-rule';
import type { Grant, GrantSource } from './rule-authorizer';

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

interface Held {
  binding: StoredBinding;
  subject: BindingSubject;
}

type ByScope = Map<string, Map<string, Held>>;

const placeOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`;

/**
 * Roles and bindings as they are stored, indexed by who holds them: a decision looks only at the bindings of the
 * caller and its groups that count in the namespace, however many others there are. Rules are found by the role's name
 * when they are asked for, so that roles and bindings may come in any order.
 */
export class StoredGrants implements GrantSource {
  private readonly roles = new Map<string, readonly PolicyRule[]>();
  private readonly bindings = new Map<string, StoredBinding>();
  private readonly holders = new Map<string, ByScope>();

  putRole({ namespace, name, rules }: StoredRole): void {
    this.roles.set(placeOf(namespace, name), rules);
  }

  removeRole({ namespace, name }: Pick<StoredRole, 'namespace' | 'name'>): void {
    this.roles.delete(placeOf(namespace, name));
  }

  putBinding(binding: StoredBinding): void {
    this.removeBinding(binding);
    const place = placeOf(binding.namespace, binding.name);
    this.bindings.set(place, binding);
    for (const subject of binding.subjects) {
      const holder = holderOf(subject, binding.namespace);
      if (holder === undefined) continue;
      const scopes = entry(this.holders, holder, () => new Map<string, Map<string, Held>>());
      entry(scopes, binding.namespace ?? '', () => new Map<string, Held>()).set(place, { binding, subject });
    }
  }

  removeBinding({ namespace, name }: Pick<StoredBinding, 'namespace' | 'name'>): void {
    const place = placeOf(namespace, name);
    const before = this.bindings.get(place);
    if (!before) return;
    this.bindings.delete(place);
    for (const subject of before.subjects) this.forget(holderOf(subject, namespace) ?? '', namespace ?? '', place);
  }

  *grantsFor(user: UserInfo, namespace: string): Iterable<Grant> {
    yield* this.heldBy(`User/${user.name}`, namespace);
    for (const group of user.groups) yield* this.heldBy(`Group/${group}`, namespace);
  }

  private *heldBy(holder: string, namespace: string): Iterable<Grant> {
    const scopes = this.holders.get(holder);
    if (!scopes) return;
    for (const held of scopes.get('')?.values() ?? []) yield* this.grantOf(held);
    if (namespace === '') return;
    for (const held of scopes.get(namespace)?.values() ?? []) yield* this.grantOf(held);
  }

  private *grantOf({ binding, subject }: Held): Iterable<Grant> {
    const { kind, name } = binding.roleRef;
    const rules = this.roles.get(placeOf(kind === 'Role' ? binding.namespace : '', name));
    if (rules) yield { role: name, rules, describe: () => describe(binding, subject) };
  }

  private forget(holder: string, scope: string, place: string): void {
    const scopes = this.holders.get(holder);
    const held = scopes?.get(scope);
    held?.delete(place);
    if (held?.size === 0) scopes?.delete(scope);
    if (scopes?.size === 0) this.holders.delete(holder);
  }
}

/** As whom a subject calls; undefined where nobody can be it. */
function holderOf({ kind, name, namespace }: BindingSubject, bindingNamespace: string | undefined): string | undefined {
  if (kind !== 'ServiceAccount') return `${kind}/${name}`;
  const home = namespace || bindingNamespace;
  return home ? `User/${serviceAccountUserName(home, name)}` : undefined;
}

/** Worded as the reason of Kubernetes' decision. */
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
