import {
  isDisruptionAllowedCurrent,
  isPodReady,
  isTerminalPhase,
  semanticEqual,
  withDisruptionAllowed,
  type DeepReadonly,
  type Pod,
  type PodDisruptionBudget,
  type PodDisruptionBudgetStatus,
} from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import type { ExpectedPods } from './expected-pods';

export type ObservedBudget = DeepReadonly<PodDisruptionBudget>;
export type ObservedPod = DeepReadonly<Pod>;

/** How long an eviction that was let through may take to show on its pod. */
export const deletionTimeoutMs = 2 * 60_000;
/** How long a pod that is not deleted may say that it will be disrupted. */
export const staleConditionMs = 2 * 60_000;

export interface PlannedBudget {
  status: PodDisruptionBudgetStatus;
  isChanged: boolean;
  /** When the first eviction that is still awaited counts as not coming. */
  recheckAfterMs?: number;
  /** Pods whose eviction did not come. */
  notDeleted: ObservedPod[];
}

/** The status that follows from the pods a budget selects. */
export function planBudget(
  budget: ObservedBudget,
  pods: readonly ObservedPod[],
  { expectedPods, desiredHealthy }: ExpectedPods,
  now: number,
): PlannedBudget {
  const awaited = awaitedDeletions(budget, pods, now);
  const currentHealthy = pods.filter((pod) => isHealthy(pod, awaited.disruptedPods)).length;
  // A budget that selects nothing yet allows nothing: its first pods may be there before their count is.
  const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  const counts = { currentHealthy, desiredHealthy, expectedPods, disruptionsAllowed };
  const old = budget.status as PodDisruptionBudgetStatus | undefined;
  const isChanged =
    !isDisruptionAllowedCurrent(budget) ||
    Object.entries(counts).some(([name, count]) => (old?.[name as keyof typeof counts] ?? 0) !== count) ||
    !semanticEqual(old?.disruptedPods, awaited.disruptedPods);
  const status: PodDisruptionBudgetStatus = {
    ...counts,
    ...(Object.keys(awaited.disruptedPods).length > 0 ? { disruptedPods: awaited.disruptedPods } : {}),
    observedGeneration: budget.metadata.generation,
    conditions: old?.conditions,
  };
  status.conditions = withDisruptionAllowed(status, rfc3339(now));
  return { status, isChanged, recheckAfterMs: awaited.recheckAfterMs, notDeleted: awaited.notDeleted };
}

/** Nothing may be disrupted while it is not known what may. */
export function planFailure(budget: ObservedBudget, message: string, now: number): PodDisruptionBudgetStatus {
  const { currentHealthy = 0, desiredHealthy = 0, expectedPods = 0 } = budget.status ?? {};
  const status = { ...budget.status, currentHealthy, desiredHealthy, expectedPods, disruptionsAllowed: 0 };
  const verdict = { status: 'False', reason: 'SyncFailed', message } as const;
  return {
    ...(status as PodDisruptionBudgetStatus),
    conditions: withDisruptionAllowed(status, rfc3339(now), verdict),
  };
}

type DisruptedPods = Record<string, string>;

function isHealthy(pod: ObservedPod, disruptedPods: DisruptedPods): boolean {
  if (pod.metadata.deletionTimestamp || disruptedPods[pod.metadata.name ?? '']) return false;
  return isPodReady(pod);
}

function awaitedDeletions({ status }: ObservedBudget, pods: readonly ObservedPod[], now: number) {
  const disruptedPods: DisruptedPods = {};
  const notDeleted: ObservedPod[] = [];
  let recheckAfterMs: number | undefined;
  for (const pod of pods) {
    const { name = '', deletionTimestamp } = pod.metadata;
    const since = status?.disruptedPods?.[name];
    if (since === undefined || deletionTimestamp) continue;
    const left = Date.parse(since) + deletionTimeoutMs - now;
    if (left < 0) {
      notDeleted.push(pod);
      continue;
    }
    disruptedPods[name] = since;
    recheckAfterMs = Math.min(recheckAfterMs ?? Infinity, left);
  }
  return { disruptedPods, notDeleted, recheckAfterMs };
}

/**
 * Milliseconds until a pod's DisruptionTarget condition is stale, 0 when it is; undefined where there is none that could
 * become so. The kubelet's own conditions may stand long before the pod goes.
 */
export function untilStale({ metadata, status }: ObservedPod, now: number): number | undefined {
  if (metadata.deletionTimestamp || isTerminalPhase(status?.phase)) return undefined;
  const condition = status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  if (condition?.status !== 'True' || condition.reason === 'TerminationByKubelet') return undefined;
  const since = Date.parse(condition.lastTransitionTime ?? '');
  return Number.isNaN(since) ? 0 : Math.max(0, since + staleConditionMs - now);
}

export function withoutDisruptionTarget({ metadata, status }: ObservedPod, now: number): Pod['status'] {
  const conditions = status?.conditions?.map((condition) =>
    condition.type === 'DisruptionTarget'
      ? {
          type: condition.type,
          status: 'False',
          lastTransitionTime: rfc3339(now),
          observedGeneration: metadata.generation,
        }
      : condition,
  );
  return { ...(status as Pod['status']), conditions };
}
