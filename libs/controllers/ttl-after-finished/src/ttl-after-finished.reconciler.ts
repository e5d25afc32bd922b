import { Injectable } from '@nestjs/common';
import { isConflict, isNotFound, type Job } from '@nestor/api';
import { InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import { Reconciler, type ObjectKey, type ReconcileResult, type ReconcilesObjects } from '@nestor/controller-kit';
import { metrics } from '@nestor/telemetry';
import { endOfLife, remainingLifeMs } from './ttl-after-finished.plan';

const late = metrics.histogram(
  'ttl_after_finished_controller_job_deletion_duration_seconds',
  'The time it took to delete the job since it became eligible for deletion',
  [],
  Array.from({ length: 14 }, (_, n) => 0.1 * 2 ** n),
);

/** Deletes finished Jobs when their time is up. */
@Reconciler({ name: 'ttl-after-finished-controller', for: 'batch/v1/Job' })
@Injectable()
export class TtlAfterFinishedReconciler implements ReconcilesObjects {
  private readonly jobs: Informer<Job>;
  private readonly client: ResourceClient<Job>;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.jobs = informers.informer(refs.jobs);
    this.client = client.resource(refs.jobs);
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<ReconcileResult> {
    const job = this.jobs.lister.get(namespace, name);
    const left = job && remainingLifeMs(job, Date.now());
    if (left === undefined) return;
    if (left > 0) return { requeueAfter: left };
    // The time may have been raised since the copy was made.
    const fresh = await this.client.get(name, namespace).catch(ignoreNotFound);
    const freshLeft = fresh && remainingLifeMs(fresh, Date.now());
    if (!fresh || freshLeft === undefined) return;
    if (freshLeft > 0) return { requeueAfter: freshLeft };
    await this.delete(fresh);
  }

  private async delete(job: Job): Promise<void> {
    const { name = '', namespace, uid, resourceVersion } = job.metadata;
    try {
      await this.client.delete(name, namespace, { uid, resourceVersion, propagationPolicy: 'Foreground' });
      late.observe((Date.now() - (endOfLife(job) ?? Date.now())) / 1000);
    } catch (error) {
      // Changed in between: the change brings the Job back here.
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }
}

function ignoreNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}
