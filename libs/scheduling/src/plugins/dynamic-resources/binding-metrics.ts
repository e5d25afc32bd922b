import { metrics } from '@nestor/telemetry';

const labels = ['profile', 'driver', 'status'] as const;
const allocations = metrics.counter(
  'scheduler_dra_bindingconditions_allocations_total',
  'Number of allocations using devices with BindingConditions, counted per driver per scheduling attempt',
  labels,
);
const waited = metrics.histogram(
  'scheduler_dra_bindingconditions_wait_duration_seconds',
  'Time in seconds spent waiting for BindingConditions to be satisfied during PreBind.',
  labels,
  Array.from({ length: 14 }, (_, at) => 0.1 * 2 ** at),
);

export type WaitStatus = 'success' | 'failure' | 'timeout';

/** A wait of a pod for devices, which several drivers may have part in. */
export function countWait(
  profile: string,
  drivers: ReadonlySet<string>,
  { status, seconds }: { status: WaitStatus; seconds: number },
): void {
  for (const driver of drivers) {
    allocations.inc({ profile, driver, status });
    waited.observe({ profile, driver, status }, seconds);
  }
}
