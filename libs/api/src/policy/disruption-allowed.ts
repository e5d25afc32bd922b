import type { DeepReadonly, PodDisruptionBudget } from '../meta/json-types';

export type PodDisruptionBudgetStatus = NonNullable<PodDisruptionBudget['status']>;
type Condition = NonNullable<PodDisruptionBudgetStatus['conditions']>[number];

const type = 'DisruptionAllowed';

export interface Verdict {
  status: 'True' | 'False';
  reason: 'SufficientPods' | 'InsufficientPods' | 'SyncFailed';
  message: string;
}

const verdictOf = (disruptionsAllowed = 0): Verdict =>
  disruptionsAllowed > 0
    ? { status: 'True', reason: 'SufficientPods', message: '' }
    : { status: 'False', reason: 'InsufficientPods', message: '' };

/** A budget's conditions with DisruptionAllowed as its numbers say, or as `verdict` says. */
export function withDisruptionAllowed(
  status: DeepReadonly<PodDisruptionBudgetStatus>,
  now: string,
  verdict = verdictOf(status.disruptionsAllowed),
): Condition[] {
  const conditions = (status.conditions ?? []) as readonly Condition[];
  const before = conditions.find((one) => one.type === type);
  const lastTransitionTime = before?.status === verdict.status ? before.lastTransitionTime : now;
  const next: Condition = { type, ...verdict, observedGeneration: status.observedGeneration, lastTransitionTime };
  return before ? conditions.map((one) => (one === before ? next : one)) : [...conditions, next];
}

/** Whether the condition says already what the numbers say. */
export function isDisruptionAllowedCurrent({ metadata, status }: DeepReadonly<PodDisruptionBudget>): boolean {
  const condition = status?.conditions?.find((one) => one.type === type);
  if (!status || !condition || status.observedGeneration !== metadata.generation) return false;
  const verdict = verdictOf(status.disruptionsAllowed);
  return condition.status === verdict.status && condition.reason === verdict.reason;
}
