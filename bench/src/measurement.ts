/** One figure, with what it is measured against. */
export interface Measurement {
  /** "create", "list whole", "watch". */
  workload: string;
  /** What was varied: { concurrency: 64 }. */
  parameters: Record<string, number | string>;
  /** Operations, lists or delivered events per second; absent where the figure is not a rate. */
  perSecond?: number;
  /** Latency in milliseconds. */
  p50Ms?: number;
  p99Ms?: number;
  /** CPU of the API server, user and system, in microseconds per operation or delivered event. */
  serverCpuMicros?: number;
  /** The bare machine's rate for the same work in the same run. */
  floor?: { name: string; perSecond: number; ratio: number };
  /** Everything else: { rssMiB: 210 }. */
  more?: Record<string, number>;
  /** A bar that the figure must stay under and does not: the run then fails. */
  exceeded?: string;
  errors: number;
}

/** The q-quantile of unsorted numbers; 0 of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export function withFloor(measurement: Measurement, name: string, perSecond: number): Measurement {
  return { ...measurement, floor: { name, perSecond, ratio: (measurement.perSecond ?? 0) / perSecond } };
}
