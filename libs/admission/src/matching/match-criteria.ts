import { labelSelectorMatcher, type DeepReadonly, type LabelMatcher, type LabelSelector } from '@nestor/api';
import type { MatchRule } from './match-rule';

/** Which requests somebody (a webhook, a policy, a binding) wants to hear of. */
export interface MatchCriteria {
  /** None given: every request, as for a policy without resourceRules. An empty list: none. */
  readonly rules?: readonly MatchRule[];
  readonly excludeRules?: readonly MatchRule[];
  /** Absent means Exact. */
  readonly matchPolicy?: string;
  /** Absent means everything, as the API defaults both. */
  readonly namespaceSelector?: DeepReadonly<LabelSelector>;
  readonly objectSelector?: DeepReadonly<LabelSelector>;
}

export interface CompiledCriteria {
  readonly rules?: readonly MatchRule[];
  readonly excludeRules: readonly MatchRule[];
  readonly allowsEquivalents: boolean;
  readonly namespaces: LabelMatcher;
  readonly objects: LabelMatcher;
}

/** Parses the selectors, once for a configuration. Throws on a broken one, which validation has kept out. */
export function compileCriteria(criteria: MatchCriteria): CompiledCriteria {
  return {
    rules: criteria.rules,
    excludeRules: criteria.excludeRules ?? [],
    allowsEquivalents: criteria.matchPolicy === 'Equivalent',
    namespaces: labelSelectorMatcher(criteria.namespaceSelector ?? {}),
    objects: labelSelectorMatcher(criteria.objectSelector ?? {}),
  };
}
