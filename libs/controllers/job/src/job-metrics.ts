import { metrics } from '@nestor/telemetry';
import type { ObservedJob } from './job-state';

const doublingFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, n) => first * 2 ** n);
const syncLabels = ['completion_mode', 'result', 'action'] as const;

const seconds = metrics.histogram(
  'job_controller_job_sync_duration_seconds',
  'The time it took to sync a job',
  syncLabels,
  doublingFrom(0.004, 15),
);
const syncs = metrics.counter('job_controller_job_syncs_total', 'The number of job syncs', syncLabels);
const finished = metrics.counter('job_controller_jobs_finished_total', 'The number of finished jobs', [
  'completion_mode',
  'result',
  'reason',
]);
const podsFinished = metrics.counter(
  'job_controller_job_pods_finished_total',
  'The number of finished Pods that are fully tracked',
  ['completion_mode', 'result'],
);

type Action = 'reconciling' | 'tracking' | 'pods_created' | 'pods_deleted';
type Counts = { succeeded?: number; failed?: number } | null | undefined;

const modeOf = ({ spec }: ObservedJob): string => spec?.completionMode ?? 'NonIndexed';

/** What a sync did, by what it planned. */
export function actionOf(
  { create, remove }: { create: number; remove: readonly unknown[] },
  isSettled: boolean,
): Action {
  if (!isSettled) return 'reconciling';
  if (remove.length > 0) return 'pods_deleted';
  return create > 0 ? 'pods_created' : 'tracking';
}

/** Times a sync; it is reconciling until it says otherwise. */
export function startSync(job: ObservedJob): { action: Action; end(result: 'success' | 'error'): void } {
  const started = performance.now();
  return {
    action: 'reconciling',
    end(result) {
      const labels = { completion_mode: modeOf(job), result, action: this.action };
      syncs.inc(labels);
      seconds.observe(labels, (performance.now() - started) / 1000);
    },
  };
}

export function countFinished(job: ObservedJob, { type, reason }: { type: string; reason?: string }): void {
  const result = type === 'Complete' ? 'succeeded' : 'failed';
  finished.inc({ completion_mode: modeOf(job), result, reason: reason ?? '' });
}

/** Pods that moved into the counters with a write of the status. */
export function countPods(job: ObservedJob, before: Counts, after: Counts): void {
  for (const result of ['succeeded', 'failed'] as const) {
    const more = (after?.[result] ?? 0) - (before?.[result] ?? 0);
    if (more > 0) podsFinished.inc({ completion_mode: modeOf(job), result }, more);
  }
}
