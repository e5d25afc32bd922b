import { DeepReadonly, Pod, PodCondition, PodGroup, isNotFound } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import { EventRecorder, ResourceClient } from '@nestor/client';
import type { PodGroupResult, PodInfo, SchedulerObserver } from '@nestor/scheduling';
import { Logger, traceparentAnnotation, withSpan } from '@nestor/telemetry';
import type { PodGroupStatus } from './pod-group-status';
import type { SchedulerMetrics } from './scheduler-metrics';

type Reason = 'Unschedulable' | 'SchedulerError';

function unscheduledCondition(reason: Reason, message: string): PodCondition {
  return {
    type: 'PodScheduled',
    status: 'False',
    reason,
    message,
    lastTransitionTime: rfc3339(),
  };
}

/** Writes what the scheduler decided where users look: events, the pod's condition, logs, metrics and the trace. */
export class SchedulingObserver implements SchedulerObserver {
  constructor(
    private readonly pods: ResourceClient<Pod>,
    private readonly events: EventRecorder,
    private readonly podGroups: PodGroupStatus,
    private readonly metrics: SchedulerMetrics,
    private readonly log: Logger,
  ) {}

  scheduled(pod: PodInfo, node: string, facts: { attempts: number; arrived: number; started?: number }): void {
    this.metrics.attempted('scheduled', pod.schedulerName, facts.started);
    this.metrics.bound(facts.attempts, (Date.now() - facts.arrived) / 1000);
    this.log.info({ object: pod.key, node, attempts: facts.attempts }, 'bound pod');
    this.recorderOf(pod).event(pod.pod, 'Normal', 'Scheduled', `Successfully assigned ${pod.key} to ${node}`);
  }

  unschedulable(pod: PodInfo, message: string, nominatedNode?: string, started?: number): void {
    this.metrics.attempted('unschedulable', pod.schedulerName, started);
    this.log.info({ object: pod.key, message, nominatedNode }, 'no node fits pod');
    this.recorderOf(pod).event(pod.pod, 'Warning', 'FailedScheduling', message);
    void this.writeStatus(pod.pod, 'Unschedulable', message, nominatedNode);
  }

  failed(pod: PodInfo, message: string, error: unknown, started?: number): void {
    this.metrics.attempted('error', pod.schedulerName, started);
    this.log.warn({ object: pod.key, error }, 'scheduling failed, will be retried');
    this.recorderOf(pod).event(pod.pod, 'Warning', 'FailedScheduling', message);
    void this.writeStatus(pod.pod, 'SchedulerError', message);
  }

  /** For those who look where a pod that waits for its volumes or devices will be, such as a cluster autoscaler. */
  expecting({ pod, key }: PodInfo, node: string | undefined): Promise<void> {
    if (node !== undefined && pod.status?.nominatedNodeName === node) return Promise.resolve();
    return this.patchStatus(pod, { nominatedNodeName: node ?? null }).catch((error: unknown) => {
      if (!isNotFound(error)) this.log.warn({ object: key, node, error }, 'could not write where the pod is expected');
    });
  }

  podGroup(group: DeepReadonly<PodGroup>, result: PodGroupResult, profile: string, started: number): void {
    const { namespace, name } = group.metadata;
    this.metrics.attemptedGroup(result.result, profile, started);
    this.log.info({ object: `${namespace}/${name}`, ...result }, 'cycle of a pod group ended');
    this.podGroups.tell(group, result);
  }

  binding(pod: PodInfo, node: string, run: () => Promise<void>): Promise<void> {
    const parent = pod.pod.metadata.annotations?.[traceparentAnnotation];
    return withSpan('scheduler.bind', { parent, attributes: { 'k8s.pod': pod.key, 'k8s.node': node } }, run);
  }

  /** Events come from the profile that the pod asked for. */
  private recorderOf({ schedulerName }: PodInfo): EventRecorder {
    return schedulerName === 'default-scheduler' ? this.events : this.events.as(schedulerName);
  }

  private async writeStatus(
    pod: DeepReadonly<Pod>,
    reason: Reason,
    message: string,
    nominatedNode?: string,
  ): Promise<void> {
    const known = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    const status: Record<string, unknown> = {};
    if (known?.status !== 'False' || known.message !== message || known.reason !== reason)
      status['conditions'] = [unscheduledCondition(reason, message)];
    const nominated = pod.status?.nominatedNodeName ?? '';
    if (nominatedNode !== undefined && nominatedNode !== nominated)
      status['nominatedNodeName'] = nominatedNode === '' ? null : nominatedNode;
    if (Object.keys(status).length === 0) return;
    try {
      await this.patchStatus(pod, status);
    } catch (error) {
      // The condition is written again at the next attempt; a pod that is gone needs none.
      if (!isNotFound(error))
        this.log.warn(
          { object: `${pod.metadata.namespace}/${pod.metadata.name}`, error },
          'could not write why the pod is not scheduled',
        );
    }
  }

  private async patchStatus(
    { metadata: { name = '', namespace, uid } }: DeepReadonly<Pod>,
    status: object,
  ): Promise<void> {
    const patch = { metadata: { uid }, status };
    await this.pods.patch(name, namespace, 'strategic', patch, { subresource: 'status' });
  }
}
