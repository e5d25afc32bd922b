import { labelSelectorMatcher, type LabelMatcher } from '@nestor/api';
import type { ObservedBudget } from './disruption.plan';

const compiled = new WeakMap<object, LabelMatcher>();

/** A budget's selector, compiled once for each state of the budget. Throws on one that cannot be read. */
export function selectorOf(budget: ObservedBudget): LabelMatcher {
  const known = compiled.get(budget);
  if (known) return known;
  const matcher = labelSelectorMatcher(budget.spec?.selector);
  compiled.set(budget, matcher);
  return matcher;
}

export function selects(budget: ObservedBudget, labels: Readonly<Record<string, string>> | undefined): boolean {
  try {
    return selectorOf(budget).matches(labels);
  } catch {
    return false;
  }
}
