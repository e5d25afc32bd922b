import { metrics } from '@nestor/telemetry';

const deletions = metrics.counter(
  'device_taint_eviction_controller_pod_deletions_total',
  'Total number of Pods deleted by DeviceTaintEvictionController since its start.',
);
const duration = metrics.histogram(
  'device_taint_eviction_controller_pod_deletion_duration_seconds',
  "Latency, in seconds, between the time when a device taint effect has been activated and a Pod's deletion via DeviceTaintEvictionController.",
  [],
  [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 30, 60, 120, 180, 240],
);

export function countDeletion(due: number, now: number): void {
  deletions.inc();
  duration.observe((now - due) / 1000);
}
