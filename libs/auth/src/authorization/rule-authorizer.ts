import { aggregateMessage } from '@nestor/api';
import { systemMasters, type UserInfo } from '../user';
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
import type { StoredGrants } from './stored-grants';

const undecided = noOpinion();

/** Allows what a rule allows that the caller holds, and leaves the rest to others (plugin/pkg/auth/authorizer/rbac). */
export class RuleAuthorizer implements SyncAuthorizer, RuleResolver {
  constructor(private readonly sources: readonly StoredGrants[]) {}

  authorize(attributes: Attributes): Decision {
    for (const source of this.sources) {
      const held = source.find(attributes);
      if (held) return allow(held.reason);
    }
    const missing = this.missingFor(attributes.user, attributes.namespace);
    return missing.length === 0 ? undecided : noOpinion(`RBAC: ${aggregateMessage(missing)}`);
  }

  /** Every rule a user holds in a namespace. */
  rulesFor(user: UserInfo, namespace: string): ResolvedRules {
    const rules = user.groups.includes(systemMasters)
      ? everything
      : this.sources.flatMap((source) => source.rulesFor(user, namespace));
    const missing = this.missingFor(user, namespace);
    return { rules, incomplete: false, ...(missing.length > 0 ? { error: aggregateMessage(missing) } : {}) };
  }

  private missingFor(user: UserInfo, namespace: string): string[] {
    const missing: string[] = [];
    for (const source of this.sources) missing.push(...source.missingFor(user, namespace));
    return missing;
  }
}
