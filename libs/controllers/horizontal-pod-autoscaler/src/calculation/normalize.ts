import type { DeepReadonly, HorizontalPodAutoscaler } from '@nestor/api';
import type { ScaleEvent, ScalingHistory } from './scaling-history';

type Behavior = NonNullable<DeepReadonly<HorizontalPodAutoscaler>['spec']>['behavior'];
type Rules = NonNullable<NonNullable<Behavior>['scaleUp']>;

export interface Limits {
  current: number;
  desired: number;
  min: number;
  max: number;
}

export interface Reason {
  reason: string;
  message: string;
}

export interface Normalized {
  replicas: number;
  ableToScale: Reason;
  /** Present whether or not a limit was met: `limited` says which. */
  scalingLimited: Reason;
  limited: boolean;
}

const ready: Reason = { reason: 'ReadyForNewScale', message: 'recommended size matches current size' };
const downStabilized: Reason = {
  reason: 'ScaleDownStabilized',
  message: 'recent recommendations were higher than current one, applying the highest recent recommendation',
};
const upStabilized: Reason = {
  reason: 'ScaleUpStabilized',
  message: 'recent recommendations were lower than current one, applying the lowest recent recommendation',
};
const upLimit: Reason = {
  reason: 'ScaleUpLimit',
  message: 'the desired replica count is increasing faster than the maximum scale rate',
};
const downLimit: Reason = {
  reason: 'ScaleDownLimit',
  message: 'the desired replica count is decreasing faster than the maximum scale rate',
};
const tooMany: Reason = {
  reason: 'TooManyReplicas',
  message: 'the desired replica count is more than the maximum replica count',
};
const tooFew: Reason = {
  reason: 'TooFewReplicas',
  message: 'the desired replica count is less than the minimum replica count',
};
const withinRange: Reason = {
  reason: 'DesiredWithinRange',
  message: 'the desired count is within the acceptable range',
};

/** normalizeDesiredReplicas and normalizeDesiredReplicasWithBehaviors; what is recommended now joins the history. */
export function normalize(
  limits: Limits,
  behavior: Behavior,
  history: ScalingHistory,
  { now, downscaleStabilizationMs }: { now: number; downscaleStabilizationMs: number },
): Normalized {
  const stabilized = behavior
    ? stabilizeWithBehavior(limits, behavior, history, { now, downscaleStabilizationMs })
    : stabilizeDown(limits, history, now - downscaleStabilizationMs);
  history.recommendations.push({ replicas: limits.desired, at: now });
  const wanted = { ...limits, desired: stabilized.replicas };
  const { replicas, reason } = behavior ? atAllowedRate(wanted, behavior, history, now) : atDefaultRate(wanted);
  return {
    replicas,
    ableToScale: stabilized.replicas === limits.desired ? ready : stabilized.reason,
    scalingLimited: reason,
    limited: replicas !== stabilized.replicas,
  };
}

interface Step {
  replicas: number;
  reason: Reason;
}

function stabilizeDown({ desired }: Limits, { recommendations }: ScalingHistory, cutoff: number): Step {
  const recent = recommendations.filter(({ at }) => at >= cutoff).map(({ replicas }) => replicas);
  return { replicas: Math.max(desired, ...recent), reason: downStabilized };
}

function stabilizeWithBehavior(
  { current, desired }: Limits,
  behavior: NonNullable<Behavior>,
  { recommendations }: ScalingHistory,
  { now, downscaleStabilizationMs }: { now: number; downscaleStabilizationMs: number },
): Step {
  const upMs = (behavior.scaleUp?.stabilizationWindowSeconds ?? 0) * 1000;
  const downSeconds = behavior.scaleDown?.stabilizationWindowSeconds;
  const downMs = downSeconds === undefined || downSeconds === null ? downscaleStabilizationMs : downSeconds * 1000;
  const since = (ms: number): number[] =>
    recommendations.filter(({ at }) => at > now - ms).map(({ replicas }) => replicas);
  const lowest = Math.min(desired, ...since(upMs));
  const highest = Math.max(desired, ...since(downMs));
  return {
    replicas: Math.min(Math.max(current, lowest), highest),
    reason: desired >= current ? upStabilized : downStabilized,
  };
}

/** Doubling, or four at least, however wild the measurement. */
const defaultUpLimit = (current: number): number => Math.max(2 * current, 4);

function atDefaultRate({ current, desired, min, max }: Limits): Step {
  const rate = defaultUpLimit(current);
  const top = max > rate ? { replicas: rate, reason: upLimit } : { replicas: max, reason: tooMany };
  if (desired < min) return { replicas: min, reason: tooFew };
  return desired > top.replicas ? top : { replicas: desired, reason: withinRange };
}

function atAllowedRate(limits: Limits, behavior: NonNullable<Behavior>, history: ScalingHistory, now: number): Step {
  const { current, desired, min, max } = limits;
  const changes = { history, now, current };
  if (desired > current) {
    const rate = Math.max(current, upRate(behavior.scaleUp, changes));
    const top = max > rate ? { replicas: rate, reason: upLimit } : { replicas: max, reason: tooMany };
    if (desired > top.replicas) return top;
  } else if (desired < current) {
    const rate = Math.min(current, downRate(behavior.scaleDown, changes));
    const bottom = min < rate ? { replicas: rate, reason: downLimit } : { replicas: min, reason: tooFew };
    if (desired < bottom.replicas) return bottom;
  }
  return { replicas: desired, reason: withinRange };
}

interface Changes {
  history: ScalingHistory;
  now: number;
  current: number;
}

const changedSince = (events: readonly ScaleEvent[], cutoff: number): number =>
  events.reduce((sum, { at, change }) => (at > cutoff ? sum + change : sum), 0);

function startOfPeriod({ history, now, current }: Changes, seconds: number): number {
  const cutoff = now - seconds * 1000;
  return current - changedSince(history.scaleUps, cutoff) + changedSince(history.scaleDowns, cutoff);
}

/** calculateScaleUpLimitWithScalingRules */
function upRate(rules: Rules | undefined, changes: Changes): number {
  if (rules?.selectPolicy === 'Disabled') return changes.current;
  const proposals = (rules?.policies ?? []).map(({ type, value, periodSeconds }) => {
    const start = startOfPeriod(changes, periodSeconds);
    // Rounded up, since a share of little would never be one.
    return type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100));
  });
  return rules?.selectPolicy === 'Min' ? Math.min(...proposals) : Math.max(...proposals);
}

/** calculateScaleDownLimitWithBehaviors: the largest change leaves the fewest. */
function downRate(rules: Rules | undefined, changes: Changes): number {
  if (rules?.selectPolicy === 'Disabled') return changes.current;
  const proposals = (rules?.policies ?? []).map(({ type, value, periodSeconds }) => {
    const start = startOfPeriod(changes, periodSeconds);
    return type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100));
  });
  return rules?.selectPolicy === 'Min' ? Math.max(...proposals) : Math.min(...proposals);
}
