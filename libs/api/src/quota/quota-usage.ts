import type { ApiObject, DeepReadonly, ResourceQuota } from '../meta/json-types';
import type { Quantity } from '../meta/quantity';
import { zeroQuantity } from '../meta/quantity';
import type { Amounts } from './amounts';
import { addAmounts, maskAmounts } from './amounts';
import { scopesOf, type UsageEvaluator } from './usage-evaluator';

type Spec = DeepReadonly<ResourceQuota>['spec'];

/** Whether an object counts against a quota: something of it is limited, and it is in every scope. */
export function quotaCovers(evaluator: UsageEvaluator, spec: Spec, object: DeepReadonly<ApiObject>): boolean {
  return (
    evaluator.matchingNames(Object.keys(spec?.hard ?? {})).length > 0 &&
    scopesOf(spec).every((requirement) => evaluator.isInScope(object, requirement))
  );
}

/**
 * quota.CalculateUsage: what the objects of a namespace use of what a quota limits. Names that no evaluator knows
 * are left out. `objectsOf` lists a resource within the namespace.
 */
export function calculateUsage(
  spec: Spec,
  evaluators: Iterable<UsageEvaluator>,
  objectsOf: (evaluator: UsageEvaluator) => readonly DeepReadonly<ApiObject>[],
  now: Date,
): Amounts {
  const hard = Object.keys(spec?.hard ?? {});
  const requirements = scopesOf(spec);
  const usage = new Map<string, Quantity>();
  const matched: string[] = [];
  for (const evaluator of evaluators) {
    const names = evaluator.matchingNames(hard);
    if (names.length === 0) continue;
    matched.push(...names);
    for (const name of names) if (!usage.has(name)) usage.set(name, zeroQuantity);
    for (const object of objectsOf(evaluator)) {
      if (!requirements.every((requirement) => evaluator.isInScope(object, requirement))) continue;
      addAmounts(usage, evaluator.usageOf(object, now));
    }
  }
  return maskAmounts(usage, matched);
}
