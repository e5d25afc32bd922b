import { metrics } from '@nestor/telemetry';
import type { IncomingEvent, PhaseClock, PodGroupResult, Scheduler } from '@nestor/scheduling';

/** kube-scheduler's buckets: from a millisecond on, each twice the one before. */
const doubling = (first: number, count: number): number[] => Array.from({ length: count }, (_, at) => first * 2 ** at);

const eventNames: Readonly<Record<string, string>> = {
  NodeAdded: 'NodeAdd',
  NodeUpdated: 'NodeUpdate',
  NodeRemoved: 'NodeDelete',
  PodQueued: 'UnscheduledPodAdd',
  PodAssigned: 'AssignedPodAdd',
  PodChanged: 'AssignedPodUpdate',
  PodRemoved: 'AssignedPodDelete',
};

/** kube-scheduler's metric names, so that its dashboards work. */
export class SchedulerMetrics {
  private readonly attempts = metrics.counter(
    'scheduler_schedule_attempts_total',
    'Number of attempts to schedule pods, by the result.',
    ['result', 'profile'],
  );
  private readonly attemptDuration = metrics.histogram(
    'scheduler_scheduling_attempt_duration_seconds',
    'Scheduling attempt latency in seconds (scheduling algorithm + binding)',
    ['result', 'profile'],
    doubling(0.001, 15),
  );
  private readonly groupAttempts = metrics.counter(
    'scheduler_podgroup_schedule_attempts_total',
    'Number of attempts to schedule pod group, by the result.',
    ['result', 'profile'],
  );
  private readonly groupAttemptDuration = metrics.histogram(
    'scheduler_podgroup_scheduling_attempt_duration_seconds',
    'Pod group scheduling attempt latency in seconds (scheduling algorithm and submission of its result)',
    ['result', 'profile'],
    doubling(0.001, 15),
  );
  private readonly untilBound = metrics.histogram(
    'scheduler_pod_scheduling_sli_duration_seconds',
    'From the arrival of a pod to its binding.',
    ['attempts'],
    doubling(0.01, 20),
  );
  private readonly attemptsUntilBound = metrics.histogram(
    'scheduler_pod_scheduling_attempts',
    'Number of attempts to successfully schedule a pod.',
    [],
    [1, 2, 4, 8, 16],
  );
  private readonly incoming = metrics.counter(
    'scheduler_queue_incoming_pods_total',
    'Number of pods added to scheduling queues by event and queue type.',
    ['queue', 'event'],
  );
  private readonly preemptions = metrics.counter(
    'scheduler_preemption_attempts_total',
    'Total preemption attempts in the cluster till now',
  );
  private readonly victims = metrics.histogram(
    'scheduler_preemption_victims',
    'Number of selected preemption victims',
    [],
    doubling(1, 7),
  );
  private readonly pending = metrics.gauge('scheduler_pending_pods', 'Pods that wait, by queue.', ['queue']);
  private readonly extensionPoints = metrics.histogram(
    'scheduler_framework_extension_point_duration_seconds',
    'Latency for running all plugins of a specific extension point.',
    ['extension_point', 'status', 'profile'],
    doubling(0.0001, 12),
  );
  private cycles = 0;
  /** Counted by plain addition on the way and handed over when the metrics are read. */
  private readonly arrivals = new Map<string, number>();

  /** Every tenth cycle is measured, as in kube-scheduler: the others cost one addition. */
  readonly clock = (profile: string): PhaseClock | undefined => {
    if (++this.cycles % 10 !== 0) return undefined;
    let last = performance.now();
    return {
      passed: (extension_point) => {
        const now = performance.now();
        this.extensionPoints.observe({ extension_point, status: 'Success', profile }, (now - last) / 1000);
        last = now;
      },
    };
  };

  attempted(result: 'scheduled' | 'unschedulable' | 'error', profile: string, started?: number): void {
    this.attempts.inc({ result, profile });
    if (started !== undefined) this.attemptDuration.observe({ result, profile }, (performance.now() - started) / 1000);
  }

  attemptedGroup(result: PodGroupResult['result'], profile: string, started: number): void {
    this.groupAttempts.inc({ result, profile });
    this.groupAttemptDuration.observe({ result, profile }, (performance.now() - started) / 1000);
  }

  bound(attempts: number, seconds: number): void {
    this.untilBound.observe({ attempts: attempts > 15 ? '16+' : String(attempts) }, seconds);
    this.attemptsUntilBound.observe(attempts);
  }

  preempted(victims: number): void {
    this.preemptions.inc();
    this.victims.observe(victims);
  }

  entered(queue: string, event: IncomingEvent): void {
    const key = `${queue}/${event}`;
    this.arrivals.set(key, (this.arrivals.get(key) ?? 0) + 1);
  }

  /** Reads the queue when the metrics are asked for, not on each change. */
  follow(scheduler: Scheduler): void {
    Object.assign(this.pending, {
      collect: () => {
        for (const [queue, count] of Object.entries(scheduler.queue.counts())) this.pending.set({ queue }, count);
      },
    });
    Object.assign(this.incoming, {
      collect: () => {
        for (const [key, count] of this.arrivals) {
          const at = key.indexOf('/');
          const event = key.slice(at + 1);
          this.incoming.inc({ queue: key.slice(0, at), event: eventNames[event] ?? event.replace('/', '') }, count);
        }
        this.arrivals.clear();
      },
    });
  }
}
