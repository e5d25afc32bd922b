import type { ApiObject } from '../meta/json-types';

/** What the older version has no fields for travels in annotations of an object at that version. */
export const roundTrip = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
} as const;

/** DropRoundTripHorizontalPodAutoscalerAnnotations */
export function dropRoundTripAnnotations({ metadata }: Pick<ApiObject, 'metadata'>): void {
  if (!metadata.annotations) return;
  const kept = Object.entries(metadata.annotations).filter(([key]) => !isRoundTrip(key));
  if (kept.length > 0) metadata.annotations = Object.fromEntries(kept);
  else delete metadata.annotations;
}

const names: ReadonlySet<string> = new Set(Object.values(roundTrip));
export const isRoundTrip = (key: string): boolean => names.has(key);
