import type { ApiObject, DeepReadonly, ResourceQuota } from '../meta/json-types';
import type { Amounts } from './amounts';

type Spec = NonNullable<DeepReadonly<ResourceQuota>['spec']>;
export type ScopeRequirement = NonNullable<NonNullable<Spec['scopeSelector']>['matchExpressions']>[number];

/** How the objects of one resource count against quotas (quota.Evaluator of k8s.io/apiserver). */
export interface UsageEvaluator {
  /** "pods", "deployments.apps". */
  readonly resource: string;
  /** Nothing of an object counts but that it is there. */
  readonly countsAlone?: boolean;
  /** Which of the names this evaluator has a say in. */
  matchingNames(names: readonly string[]): string[];
  usageOf(object: DeepReadonly<ApiObject>, now: Date): Amounts;
  /** Whether an object is in a scope; kinds without scopes are in none. */
  isInScope(object: DeepReadonly<ApiObject>, requirement: ScopeRequirement): boolean;
  /** True for a change after which less may be in use: what else than a deletion calls for a fresh count. */
  freesUsage?(object: DeepReadonly<ApiObject>, old: DeepReadonly<ApiObject>, now: Date): boolean;
}

/** "count/deployments.apps": the name under which a quota counts the objects of any resource. */
export const countName = (resource: string): string => `count/${resource}`;

/** ScopedResourceSelectorRequirementsAsSelector: the values that an object shows for the scope. */
export function matchesValues({ operator, values = [] }: ScopeRequirement, shown: readonly string[]): boolean {
  switch (operator) {
    case 'In':
      return shown.some((value) => values.includes(value));
    case 'NotIn':
      return !shown.some((value) => values.includes(value));
    case 'Exists':
      return shown.length > 0;
    default:
      return shown.length === 0;
  }
}

/** All scopes of a quota as requirements. */
export function scopesOf(spec: Spec | undefined): ScopeRequirement[] {
  const plain = (spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' }));
  return [...plain, ...(spec?.scopeSelector?.matchExpressions ?? [])] as ScopeRequirement[];
}
