import { isNotFound, jobTrackingFinalizer, reasonOf } from '@nestor/api';
import type { EventRecorder, ResourceClient } from '@nestor/client';
import { slowStartBatch, type Expectations } from '@nestor/controller-kit';
import type { Pod } from '@nestor/api';
import { isTracked, type ObservedJob, type ObservedPod } from './job-state';
import { newPod } from './new-pod';
import type { JobObservation } from './observe-job';
import type { PodPlan } from './job.plan';

export interface PodChanges {
  created: number;
  removed: readonly ObservedPod[];
  error?: unknown;
}

/** Writes a Job's pods and says so in events. */
export class PodWriter {
  constructor(
    private readonly pods: ResourceClient<Pod>,
    private readonly recorder: EventRecorder,
  ) {}

  async write(plan: PodPlan, observed: JobObservation, key: string, expected: Expectations<Pod>): Promise<PodChanges> {
    if (plan.remove.length > 0) return this.remove(plan, observed.job, key, expected);
    const { job, indexes } = observed;
    const { succeeded, error } = await slowStartBatch(plan.create, async (position) => {
      const index = plan.indexes?.[position];
      const replaced = index === undefined ? undefined : indexes?.awaitingReplacement.get(index);
      expected.created(key, await this.create(job, newPod(job, index, replaced)));
    });
    // A namespace on its way out refuses new pods for good: trying again is noise.
    return { created: succeeded, removed: [], error: isTerminatingNamespace(error) ? undefined : error };
  }

  /** Takes the finalizer off; the pod may go. Returns the revision at which a copy shows it. */
  async release({ metadata }: ObservedPod): Promise<number> {
    const { name = '', namespace, uid } = metadata;
    const patch = { metadata: { uid, '$deleteFromPrimitiveList/finalizers': [jobTrackingFinalizer] } };
    try {
      const pod = await this.pods.patch(name, namespace, 'strategic', patch);
      return Number(pod.metadata.resourceVersion ?? 0);
    } catch (error) {
      // Gone, or another pod has its name by now.
      if (isNotFound(error) || reasonOf(error) === 'Conflict') return 0;
      throw error;
    }
  }

  private async create(job: ObservedJob, pod: Pod): Promise<Pod> {
    try {
      const created = await this.pods.create(pod);
      this.recorder.event(job, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`);
      return created;
    } catch (error) {
      if (!isTerminatingNamespace(error)) {
        this.recorder.event(job, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
      }
      throw error;
    }
  }

  private async remove(plan: PodPlan, job: ObservedJob, key: string, expected: Expectations<Pod>): Promise<PodChanges> {
    const results = await Promise.allSettled(
      plan.remove.map(async (pod) => {
        // When the Job is over its pods are counted before they go; a surplus pod counts for nothing.
        if (!plan.verdict && isTracked(pod)) await this.release(pod);
        await this.delete(job, pod);
        expected.deleted(key, pod);
      }),
    );
    const failed = results.find((result) => result.status === 'rejected');
    const removed = plan.remove.filter((_, position) => results[position]?.status === 'fulfilled');
    return { created: 0, removed, error: failed?.reason };
  }

  private async delete(job: ObservedJob, { metadata }: ObservedPod): Promise<void> {
    const { name = '', namespace, uid } = metadata;
    try {
      await this.pods.delete(name, namespace, { uid });
      this.recorder.event(job, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
    } catch (error) {
      if (isNotFound(error) || reasonOf(error) === 'Conflict') return;
      this.recorder.event(job, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
      throw error;
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isTerminatingNamespace(error: unknown): boolean {
  const causes = (error as { status?: { details?: { causes?: { reason?: string }[] } } } | undefined)?.status?.details;
  return reasonOf(error) === 'Forbidden' && !!causes?.causes?.some(({ reason }) => reason === 'NamespaceTerminating');
}
