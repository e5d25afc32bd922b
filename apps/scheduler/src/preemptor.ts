import { DeepReadonly, Pod, PodCondition, isNotFound } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import type { EventRecorder, ResourceClient } from '@nestor/client';
import type { Budget, Candidate, Extender, PodInfo, PreemptionNeeds } from '@nestor/scheduling';
import type { Logger } from '@nestor/telemetry';
import type { SchedulerMetrics } from './scheduler-metrics';

export interface PreemptorOptions {
  pods: ResourceClient<Pod>;
  events: EventRecorder;
  budgets: () => readonly Budget[];
  extenders: readonly Extender[];
  metrics: SchedulerMetrics;
  log: Logger;
}

/** What preemption writes: the victim's condition, its deletion, the event about it. */
export class Preemptor implements PreemptionNeeds {
  readonly reviewCandidates: PreemptionNeeds['reviewCandidates'];

  constructor(private readonly options: PreemptorOptions) {
    const reviewers = options.extenders.filter(({ preempts }) => preempts);
    if (reviewers.length > 0)
      this.reviewCandidates = async (pod, candidates, cluster) => {
        let left: readonly Candidate[] = candidates;
        for (const extender of reviewers)
          if (left.length > 0 && extender.isInterestedIn(pod))
            left = await extender.reviewCandidates(pod, left, cluster);
        return left;
      };
  }

  budgets(): readonly Budget[] {
    return this.options.budgets();
  }

  onVictims(count: number): void {
    this.options.metrics.preempted(count);
  }

  async evict(victim: PodInfo, preemptor: PodInfo, node: string): Promise<void> {
    const { pods, events, log } = this.options;
    const { name = '', namespace, uid } = victim.pod.metadata;
    const condition: PodCondition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: `${preemptor.schedulerName}: preempting to accommodate a higher priority pod`,
      lastTransitionTime: rfc3339(),
    };
    try {
      await this.patchStatus(victim.pod, { conditions: [condition] });
      await pods.delete(name, namespace, { uid });
    } catch (error) {
      if (isNotFound(error)) return;
      log.warn({ object: victim.key, error }, 'could not preempt pod');
      throw error;
    }
    log.info({ object: victim.key, node, preemptor: preemptor.key }, 'preempted pod');
    events.event(victim.pod, 'Normal', 'Preempted', `Preempted by pod ${preemptor.uid} on node ${node}`);
  }

  async clearNomination({ pod }: PodInfo): Promise<void> {
    if (pod.status?.nominatedNodeName) await this.patchStatus(pod, { nominatedNodeName: null });
  }

  private async patchStatus(pod: DeepReadonly<Pod>, status: object): Promise<void> {
    const { name = '', namespace, uid } = pod.metadata;
    const patch = { metadata: { uid }, status };
    await this.options.pods.patch(name, namespace, 'strategic', patch, { subresource: 'status' });
  }
}
