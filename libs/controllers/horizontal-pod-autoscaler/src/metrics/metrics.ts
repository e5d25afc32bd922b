/** One pod's sample, in thousandths. */
export interface PodMetric {
  value: number;
  timestamp: number;
  windowMs: number;
}

/** Samples by pod. */
export type PodMetrics = Map<string, PodMetric>;
