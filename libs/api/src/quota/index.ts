/**
 * What objects use of what quotas limit: one evaluator per resource, shared by whoever counts (the controller) and
 * whoever refuses (admission). Pure: objects come in, amounts go out.
 */
export { addAmounts, amountsOf, equalAmounts, maskAmounts, resourceListOf, type Amounts } from './amounts';
export { calculateUsage, quotaCovers } from './quota-usage';
export { usageEvaluatorOf } from './object-count-usage';
export { countName, scopesOf, type ScopeRequirement, type UsageEvaluator } from './usage-evaluator';
