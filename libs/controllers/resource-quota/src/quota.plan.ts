import {
  amountsOf,
  calculateUsage,
  equalAmounts,
  maskAmounts,
  resourceListOf,
  type ApiObject,
  type DeepReadonly,
  type ResourceQuota,
  type UsageEvaluator,
} from '@nestor/api';

type Status = NonNullable<ResourceQuota['status']>;

/**
 * resourcequota.Controller.syncResourceQuota: the status to write, or undefined when it says so already. What cannot
 * be counted now (its kind is not served) stays as it was last known.
 */
export function planQuotaStatus(
  quota: DeepReadonly<ResourceQuota>,
  evaluators: Iterable<UsageEvaluator>,
  objectsOf: (evaluator: UsageEvaluator) => readonly DeepReadonly<ApiObject>[],
  now: Date,
): Status | undefined {
  const { spec, status } = quota;
  const hard = amountsOf(spec?.hard);
  const known = amountsOf(status?.used);
  const counted = calculateUsage(spec, evaluators, objectsOf, now);
  const used = maskAmounts(new Map([...known, ...counted]), [...hard.keys()]);
  const isCurrent =
    status?.hard !== undefined &&
    status.used !== undefined &&
    equalAmounts(hard, amountsOf(status.hard)) &&
    equalAmounts(used, known);
  return isCurrent ? undefined : { hard: resourceListOf(hard), used: resourceListOf(used) };
}
