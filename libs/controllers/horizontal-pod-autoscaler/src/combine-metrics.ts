import { MetricFailure, type Evaluated, type MetricStatus } from './evaluate-metric';

export type Outcome = Evaluated | MetricFailure;

export interface Combined {
  /** The largest of all proposals; undefined where too little is known to act on. */
  replicas?: number;
  name: string;
  statuses: MetricStatus[];
  /** The first that gave no number. */
  failure?: MetricFailure;
  /** What to report of all that gave none. */
  error?: string;
}

/**
 * computeReplicasForMetrics: the metric that needs most decides. Not knowing all of them, nothing is taken away, since
 * what is not known might need more.
 */
export function combineMetrics(outcomes: readonly Outcome[], currentReplicas: number): Combined {
  const known = outcomes.filter((one): one is Evaluated => !(one instanceof MetricFailure));
  const failures = outcomes.filter((one): one is MetricFailure => one instanceof MetricFailure);
  const most = known.reduce<Evaluated | undefined>(
    (best, one) => (best === undefined || best.replicas === 0 || one.replicas > best.replicas ? one : best),
    undefined,
  );
  const statuses = outcomes.map((one): MetricStatus => (one instanceof MetricFailure ? { type: '' } : one.status));
  const [failure] = failures;
  const error =
    failure &&
    `invalid metrics (${failures.length} invalid out of ${outcomes.length}), first error is: ${failure.message}`;
  const isEnough = most !== undefined && (failures.length === 0 || most.replicas >= currentReplicas);
  return { ...(isEnough ? { replicas: most.replicas } : {}), name: most?.name ?? '', statuses, failure, error };
}
