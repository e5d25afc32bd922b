import { notFound } from '@nestor/api';
import type { Attributes } from './attributes';
import type { PolicyRule } from './policy-rule';
import { RuleIndex } from './rule-index';

/** One subject of one binding, and the role it is bound to. */
export interface Held {
  readonly role: BoundRole;
  /** Whose right it is and where from, worded as the reason of Kubernetes' decision. */
  readonly reason: string;
}

/** A Role or ClusterRole that is bound or stored: a binding may name one before it is there. */
export class BoundRole {
  private stored: readonly PolicyRule[] | undefined;
  private index: RuleIndex<PolicyRule> | undefined;
  /** Whom to tell of a change. */
  readonly scopes = new Map<string, readonly HeldRules[]>();

  constructor(
    readonly kind: string,
    readonly name: string,
  ) {}

  get rules(): readonly PolicyRule[] | undefined {
    return this.stored;
  }

  set rules(rules: readonly PolicyRule[] | undefined) {
    this.stored = rules;
    this.index = undefined;
    for (const scopes of this.scopes.values()) for (const scope of scopes) scope.changed();
  }

  get isUsed(): boolean {
    return this.stored !== undefined || this.scopes.size > 0;
  }

  allows(attributes: Attributes): boolean {
    if (!this.index) {
      this.index = new RuleIndex();
      for (const rule of this.stored ?? []) this.index.add([rule], rule);
    }
    return this.index.find(attributes) !== undefined;
  }

  /** The error of a binding to it while it is not there. */
  get missing(): string {
    return notFound({ group: 'rbac.authorization.k8s.io', resource: this.kind.toLowerCase() }, this.name).message;
  }
}

/** Up to so many roles are asked one after the other; more are put into one index of all their rules. */
const fewRoles = 8;

interface Compiled {
  /** Each role once, however many bindings name it. */
  readonly few: readonly Held[];
  readonly many?: RuleIndex<Held>;
  readonly missing: readonly string[];
}

/** What one user or group holds in one namespace, or everywhere: made ready for decisions at the first one after a change. */
export class HeldRules {
  private readonly held = new Map<string, Held>();
  private compiled: Compiled | undefined;

  put(place: string, held: Held): void {
    this.held.set(place, held);
    this.changed();
  }

  remove(place: string): void {
    this.held.delete(place);
    this.changed();
  }

  changed(): void {
    this.compiled = undefined;
  }

  get isEmpty(): boolean {
    return this.held.size === 0;
  }

  /** Why it is allowed, if it is. */
  find(attributes: Attributes): Held | undefined {
    const { few, many } = (this.compiled ??= this.compile());
    if (many) return many.find(attributes);
    for (const held of few) if (held.role.allows(attributes)) return held;
    return undefined;
  }

  /** The errors of bindings to roles that are not there. */
  get missing(): readonly string[] {
    return (this.compiled ??= this.compile()).missing;
  }

  *rules(): Iterable<PolicyRule> {
    for (const { role } of this.held.values()) yield* role.rules ?? [];
  }

  private compile(): Compiled {
    const roles = new Map<BoundRole, Held>();
    for (const held of this.held.values()) if (!roles.has(held.role)) roles.set(held.role, held);
    const all = [...roles.values()];
    const there = all.filter(({ role }) => role.rules !== undefined);
    const missing = all.filter(({ role }) => role.rules === undefined).map(({ role }) => role.missing);
    if (there.length <= fewRoles) return { few: there, missing };
    const many = new RuleIndex<Held>();
    for (const held of there) many.add(held.role.rules ?? [], held);
    return { few: [], many, missing };
  }
}
