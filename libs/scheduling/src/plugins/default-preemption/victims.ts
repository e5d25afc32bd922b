import { DeepReadonly, PodDisruptionBudget, labelSelectorMatcher } from '@nestor/api';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';
import type { CycleState } from '../../framework/cycle-state';
import { Rejection, rejection } from '../../framework/rejection';
import { Filters, runFiltersWithNominated, tryAdding, tryRemoving } from '../../framework/run-filters';

/** Pods to remove from a node, the most important first, so that another fits. */
export interface Victims {
  pods: readonly PodInfo[];
  budgetViolations: number;
}

export type Budget = DeepReadonly<PodDisruptionBudget>;

const nobody = rejection('DefaultPreemption', 'unresolvable', 'No preemption victims found for incoming pod');

function startTime({ pod }: PodInfo): string {
  return pod.status?.startTime ?? '9999';
}

/** Higher priority, and among equals the one that runs longer. */
export function byImportance(a: PodInfo, b: PodInfo): number {
  return b.priority - a.priority || startTime(a).localeCompare(startTime(b));
}

/** What one disruption after the other does to the budgets; the order decides which of them are violations. */
export function splitByBudgets(
  pods: readonly PodInfo[],
  budgets: readonly Budget[],
): { violating: PodInfo[]; allowed: PodInfo[] } {
  const left = budgets.map(({ status }) => status?.disruptionsAllowed ?? 0);
  const matchers = budgets.map(({ spec }) => labelSelectorMatcher(spec?.selector));
  const covers = ({ pod: { metadata } }: PodInfo, at: number): boolean => {
    const budget = budgets[at];
    if (!budget || budget.metadata.namespace !== metadata.namespace) return false;
    const matcher = matchers[at];
    // An empty selector matches nothing here, and what is being disrupted already is not counted twice.
    if (!matcher || matcher.requirements.length === 0 || !matcher(metadata.labels ?? {})) return false;
    return budget.status?.disruptedPods?.[metadata.name ?? ''] === undefined;
  };
  const violating: PodInfo[] = [];
  const allowed: PodInfo[] = [];
  for (const pod of pods) {
    let violates = false;
    const isLabelled = Object.keys(pod.pod.metadata.labels ?? {}).length > 0;
    for (let at = 0; isLabelled && at < budgets.length; at++) {
      if (!covers(pod, at)) continue;
      left[at] = (left[at] as number) - 1;
      violates ||= (left[at] as number) < 0;
    }
    (violates ? violating : allowed).push(pod);
  }
  return { violating, allowed };
}

export interface VictimSearch {
  filters: Filters;
  pod: PodInfo;
  budgets: readonly Budget[];
  nominated: readonly PodInfo[];
}

/**
 * The fewest and least important pods whose removal makes room; it is tried on copies. All pods of lower priority go
 * first; then as many as possible come back, those that budgets protect before the others.
 */
export function selectVictims(
  { filters, pod, budgets, nominated }: VictimSearch,
  before: CycleState,
  there: NodeInfo,
): Victims | Rejection {
  const lower = [...there.pods.values()].filter(({ priority }) => priority < pod.priority);
  if (lower.length === 0) return nobody;
  const [state, node] = [before.clone(), there.clone()];
  for (const other of lower) tryRemoving(filters, state, pod, other, node);
  const refused = runFiltersWithNominated(filters, state, pod, node, nominated);
  if (refused) return refused;
  const victims: PodInfo[] = [];
  const staysOff = (other: PodInfo): boolean => {
    tryAdding(filters, state, pod, other, node);
    if (!runFiltersWithNominated(filters, state, pod, node, nominated)) return false;
    tryRemoving(filters, state, pod, other, node);
    victims.push(other);
    return true;
  };
  const { violating, allowed } = splitByBudgets(lower.sort(byImportance), budgets);
  const budgetViolations = violating.filter(staysOff).length;
  allowed.forEach(staysOff);
  return { pods: victims.sort(byImportance), budgetViolations };
}
