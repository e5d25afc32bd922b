import { DeepReadonly, Pod, PodCondition, isNotFound } from '@nestor/api';
import { EventRecorder, ResourceClient } from '@nestor/client';
import type { PodInfo, SchedulerObserver } from '@nestor/scheduling';
import { Logger, traceparentAnnotation, withSpan } from '@nestor/telemetry';
import type { SchedulerMetrics } from './scheduler-metrics';

function unscheduledCondition(message: string): PodCondition {
  return {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastTransitionTime: new Date().toISOString().replace(/\.\d+/, ''),
  };
}

/** Writes what the scheduler decided where users look: events, the pod's condition, logs, metrics and the trace. */
export class SchedulingObserver implements SchedulerObserver {
  constructor(
    private readonly pods: ResourceClient<Pod>,
    private readonly events: EventRecorder,
    private readonly metrics: SchedulerMetrics,
    private readonly log: Logger,
  ) {}

  scheduled(pod: PodInfo, node: string, facts: { attempts: number; arrived: number }): void {
    this.metrics.attempted('scheduled', pod.schedulerName);
    this.metrics.bound(facts.attempts, (Date.now() - facts.arrived) / 1000);
    this.log.info({ object: pod.key, node, attempts: facts.attempts }, 'bound pod');
    this.events.event(pod.pod, 'Normal', 'Scheduled', `Successfully assigned ${pod.key} to ${node}`);
  }

  unschedulable(pod: PodInfo, message: string): void {
    this.metrics.attempted('unschedulable', pod.schedulerName);
    this.log.info({ object: pod.key, message }, 'no node fits pod');
    this.events.event(pod.pod, 'Warning', 'FailedScheduling', message);
    void this.writeCondition(pod.pod, message);
  }

  failed(pod: PodInfo, message: string, error: unknown): void {
    this.metrics.attempted('error', pod.schedulerName);
    this.log.warn({ object: pod.key, error }, 'scheduling failed, will be retried');
    this.events.event(pod.pod, 'Warning', 'FailedScheduling', message);
  }

  binding(pod: PodInfo, node: string, run: () => Promise<void>): Promise<void> {
    const parent = pod.pod.metadata.annotations?.[traceparentAnnotation];
    return withSpan('scheduler.bind', { parent, attributes: { 'k8s.pod': pod.key, 'k8s.node': node } }, run);
  }

  private async writeCondition(pod: DeepReadonly<Pod>, message: string): Promise<void> {
    const known = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    if (known?.status === 'False' && known.message === message) return;
    try {
      const patch = { metadata: { uid: pod.metadata.uid }, status: { conditions: [unscheduledCondition(message)] } };
      await this.pods.patch(pod.metadata.name ?? '', pod.metadata.namespace, 'strategic', patch, {
        subresource: 'status',
      });
    } catch (error) {
      // The condition is written again at the next attempt; a pod that is gone needs none.
      if (!isNotFound(error))
        this.log.warn(
          { object: `${pod.metadata.namespace}/${pod.metadata.name}`, error },
          'could not write the PodScheduled condition',
        );
    }
  }
}
