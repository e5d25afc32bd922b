import { labelSelectorMatcher, type DeepReadonly, type LabelMatcher, type LabelSelector } from '@nestor/api';
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

/** A selector as Go prints one: messages of Kubernetes carry it so. */
export function selectorText(selector: DeepReadonly<LabelSelector> | undefined): string {
  if (!selector) return 'nil';
  const labels = Object.entries(selector.matchLabels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`);
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${(values ?? []).join(' ')}],},`,
  );
  const map = `map[string]string{${labels.join('')}}`;
  return `&LabelSelector{MatchLabels:${map},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}
