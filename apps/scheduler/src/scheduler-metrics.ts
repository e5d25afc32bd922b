import { metrics } from '@nestor/telemetry';
import type { Scheduler } from '@nestor/scheduling';

/** kube-scheduler's metric names, so that its dashboards work. */
export class SchedulerMetrics {
  private readonly attempts = metrics.counter(
    'scheduler_schedule_attempts_total',
    'Number of attempts to schedule pods, by the result.',
    ['result', 'profile'],
  );
  private readonly untilBound = metrics.histogram(
    'scheduler_pod_scheduling_sli_duration_seconds',
    'From the arrival of a pod to its binding.',
    ['attempts'],
  );
  private readonly pending = metrics.gauge('scheduler_pending_pods', 'Pods that wait, by queue.', ['queue']);

  attempted(result: 'scheduled' | 'unschedulable' | 'error', profile: string): void {
    this.attempts.inc({ result, profile });
  }

  bound(attempts: number, seconds: number): void {
    this.untilBound.observe({ attempts: attempts > 15 ? '16+' : String(attempts) }, seconds);
  }

  /** Reads the queue when the metrics are asked for, not on each change. */
  follow(scheduler: Scheduler): void {
    Object.assign(this.pending, {
      collect: () => {
        for (const [queue, count] of Object.entries(scheduler.queue.counts())) this.pending.set({ queue }, count);
      },
    });
  }
}
