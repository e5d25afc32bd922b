import { scaledIntOrPercent, type DeepReadonly, type PodDisruptionBudget } from '@nestor/api';

type Spec = DeepReadonly<PodDisruptionBudget['spec']>;

export interface ExpectedPods {
  expectedPods: number;
  desiredHealthy: number;
}

/** Whether the bound is relative to what the pods' owners want, so that these have to be asked. */
export function needsScale(spec: Spec): boolean {
  return isSet(spec?.maxUnavailable) || typeof spec?.minAvailable === 'string';
}

/**
 * How many pods there should be and how many of them healthy. `scale` is the sum of what the owners want, `matching` the
 * number of pods the selector finds: a plain minAvailable asks nobody's owner.
 */
export function expectedPodsOf(spec: Spec, { scale, matching }: { scale: number; matching: number }): ExpectedPods {
  if (isSet(spec?.maxUnavailable)) {
    const away = scaledIntOrPercent(spec.maxUnavailable, scale, 'up');
    return { expectedPods: scale, desiredHealthy: Math.max(0, scale - away) };
  }
  if (!isSet(spec?.minAvailable)) return { expectedPods: 0, desiredHealthy: 0 };
  if (typeof spec.minAvailable === 'number') return { expectedPods: matching, desiredHealthy: spec.minAvailable };
  return { expectedPods: scale, desiredHealthy: scaledIntOrPercent(spec.minAvailable, scale, 'up') };
}

const isSet = <T>(value: T | undefined | null): value is T => value !== undefined && value !== null;
