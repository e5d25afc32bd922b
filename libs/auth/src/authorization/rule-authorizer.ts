import { systemMasters, UserInfo } from '../user';
import type { Attributes } from './attributes';
import {
  allow,
  noOpinion,
  type Decision,
  type ResolvedRules,
  type RuleResolver,
  type SyncAuthorizer,
} from './authorizer';
import { everything } from './fixed-authorizers';
import { PolicyRule, ruleAllows } from './policy-rule';

/** Rules given to a user or a group, everywhere or in one namespace: a role and its binding in one line. */
export interface Grant {
  role: string;
  user?: string;
  group?: string;
  /** Absent: a ClusterRoleBinding. */
  namespace?: string;
  rules: readonly PolicyRule[];
  /** What the reason of a decision names; the role when absent. */
  describe?(): string;
}

/** Where grants come from. The component table is one; stored Roles and bindings become another. */
export interface GrantSource {
  grantsFor(user: UserInfo, namespace: string): Iterable<Grant>;
}

/** A fixed list of grants, indexed by who holds them so that a decision looks only at the caller's own. */
export class StaticGrants implements GrantSource {
  private readonly byUser = new Map<string, Grant[]>();
  private readonly byGroup = new Map<string, Grant[]>();
  constructor(grants: readonly Grant[]) {
    for (const grant of grants) {
      if (grant.user !== undefined) add(this.byUser, grant.user, grant);
      if (grant.group !== undefined) add(this.byGroup, grant.group, grant);
    }
  }

  *grantsFor(user: UserInfo, namespace: string): Iterable<Grant> {
    yield* inScope(this.byUser.get(user.name), namespace);
    for (const group of user.groups) yield* inScope(this.byGroup.get(group), namespace);
  }
}

/** Allows what a rule allows, and leaves the rest to others. */
export class RuleAuthorizer implements SyncAuthorizer, RuleResolver {
  constructor(private readonly sources: readonly GrantSource[]) {}

  authorize(attributes: Attributes): Decision {
    for (const source of this.sources) {
      for (const grant of source.grantsFor(attributes.user, attributes.namespace)) {
        if (grant.rules.some((rule) => ruleAllows(rule, attributes))) {
          return allow(`RBAC: allowed by ${grant.describe?.() ?? JSON.stringify(grant.role)}`);
        }
      }
    }
    return noOpinion();
  }

  /** Every rule a user holds in a namespace. */
  rulesFor(user: UserInfo, namespace: string): ResolvedRules {
    const rules = user.groups.includes(systemMasters)
      ? everything
      : this.sources.flatMap((source) => [...source.grantsFor(user, namespace)].flatMap((grant) => grant.rules));
    return { rules, incomplete: false };
  }
}

function* inScope(grants: readonly Grant[] | undefined, namespace: string): Iterable<Grant> {
  for (const grant of grants ?? []) if (grant.namespace === undefined || grant.namespace === namespace) yield grant;
}

function add(index: Map<string, Grant[]>, key: string, grant: Grant): void {
  const list = index.get(key);
  if (list) list.push(grant);
  else index.set(key, [grant]);
}
