import {
  DeepReadonly,
  forbidden,
  isPodReady,
  labelSelectorMatcher,
  LabelMatcher,
  Pod,
  PodDisruptionBudget,
  PodDisruptionBudgetStatus,
  tooManyRequests,
  withDisruptionAllowed,
} from '@nestor/api';

const causeType = 'DisruptionBudget';
const refusal = "Cannot evict pod as it would violate the pod's disruption budget.";
/** More evictions than the controller has confirmed are not let through: it seems to be away. */
const maxDisruptedPods = 2000;
const resource = { group: 'policy', resource: 'poddisruptionbudget' };

type ObservedBudget = DeepReadonly<PodDisruptionBudget>;
type ObservedPod = DeepReadonly<Pod>;

/** Finished, not yet running or already on its way out: its going disrupts nothing. */
export function mayIgnoreBudgets({ status, metadata }: ObservedPod): boolean {
  return ['Succeeded', 'Failed', 'Pending'].includes(status?.phase ?? 'Pending') || !!metadata.deletionTimestamp;
}

/** A pending pod may turn ready before it is deleted; a finished one stays what it is. */
export function mayStillCount({ status, metadata }: ObservedPod): boolean {
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed' && !metadata.deletionTimestamp;
}

/** Whether a budget lets a pod that is not ready go without counting it. */
export function sparesUnhealthy({ spec, status }: ObservedBudget, pod: ObservedPod): boolean {
  if (isPodReady(pod)) return false;
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

export function matchesPod({ spec }: ObservedBudget, pod: ObservedPod): boolean {
  return selectorOf(spec?.selector)?.matches(pod.metadata.labels) ?? false;
}

function selectorOf(selector: NonNullable<ObservedBudget['spec']>['selector']): LabelMatcher | undefined {
  try {
    return labelSelectorMatcher(selector);
  } catch {
    // What cannot be read selects nothing.
    return undefined;
  }
}

/** Takes one disruption from the budget, or throws why there is none to take (EvictionREST.checkAndDecrement). */
export function takeDisruption(budget: ObservedBudget, podName: string, now: string): PodDisruptionBudgetStatus {
  const { name = '', generation = 0 } = budget.metadata;
  const status = (budget.status ?? {}) as PodDisruptionBudgetStatus;
  if ((status.observedGeneration ?? 0) < generation) throw stillProcessed(name);
  const { disruptionsAllowed = 0, disruptedPods = {} } = status;
  if (disruptionsAllowed < 0) throw forbidden(resource, name, 'pdb disruptions allowed is negative');
  if (Object.keys(disruptedPods).length > maxDisruptedPods) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller';
    throw forbidden(resource, name, why);
  }
  if (disruptionsAllowed === 0) {
    throw refused(whyNone(name, status), 0);
  }
  const left = { ...status, disruptionsAllowed: disruptionsAllowed - 1 };
  if (left.disruptionsAllowed === 0) left.conditions = withDisruptionAllowed(left, now);
  return { ...left, disruptedPods: { ...disruptedPods, [podName]: now } };
}

function whyNone(
  name: string,
  { conditions, desiredHealthy = 0, currentHealthy = 0 }: PodDisruptionBudgetStatus,
): string {
  const condition = conditions?.find(({ type }) => type === 'DisruptionAllowed');
  const refuses = `The disruption budget ${name} does not allow evicting pods currently`;
  if (condition?.reason === 'SyncFailed') return `${refuses} because it failed sync: ${condition.message}`;
  if (currentHealthy > desiredHealthy) return refuses;
  return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
}

/** The budget's state is not known well enough to say yes. */
export function stillProcessed(name: string): Error {
  return refused(`The disruption budget ${name} is still being processed by the server.`, 10);
}

function refused(message: string, retryAfterSeconds: number): Error {
  const error = tooManyRequests(refusal, retryAfterSeconds);
  const causes = [{ reason: causeType, message }];
  error.status.details = { causes, ...(retryAfterSeconds ? { retryAfterSeconds } : {}) };
  return error;
}
