import { Injectable } from '@nestjs/common';
import { isAlreadyExists, isNotFound, reasonOf, semanticEqual, type CronJob, type Job } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import {
  EventRecorder,
  InformerFactory,
  KubernetesClient,
  keyOf,
  objectKey,
  refs,
  type Informer,
  type ResourceClient,
} from '@nestor/client';
import {
  Reconciler,
  controlledBy,
  indexByController,
  type ObjectKey,
  type ReconcileResult,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import {
  dropActive,
  followJobs,
  planHistory,
  planRun,
  type CronJobStatus,
  type ObservedCronJob,
  type ObservedJob,
  type PlannedEvent,
  type RunPlan,
} from './cronjob.plan';
import { metrics } from '@nestor/telemetry';
import { newJob } from './new-job';

const skew = metrics.histogram(
  'cronjob_controller_job_creation_skew_duration_seconds',
  'Time between when a cronjob is scheduled to be run, and when the corresponding job is created',
  [],
  Array.from({ length: 10 }, (_, n) => 2 ** n),
);
/** Longer waits than a timer can hold are cut; the next look goes on waiting. */
const longestWaitMs = 2 ** 31 - 1;

/** Starts Jobs by the clock. */
@Reconciler({ name: 'cronjob-controller', for: 'batch/v1/CronJob', owns: ['batch/v1/Job'] })
@Injectable()
export class CronJobReconciler implements ReconcilesObjects {
  private readonly cronJobs: Informer<CronJob>;
  private readonly jobs: Informer<Job>;
  private readonly client: ResourceClient<CronJob>;
  private readonly jobClient: ResourceClient<Job>;
  private readonly recorder: EventRecorder;
  /** The schedule that each CronJob was last seen with. */
  private readonly schedules = new Map<string, string>();

  constructor(client: KubernetesClient, informers: InformerFactory, recorder: EventRecorder) {
    this.cronJobs = informers.informer(refs.cronJobs);
    this.jobs = informers.informer(refs.jobs);
    indexByController(this.jobs);
    this.client = client.resource(refs.cronJobs);
    this.jobClient = client.resource(refs.jobs);
    this.recorder = recorder.as('cronjob-controller');
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<ReconcileResult> {
    const observed = this.cronJobs.lister.get(namespace, name);
    if (!observed) return void this.schedules.delete(keyOf(namespace, name));
    const jobs = controlledBy(this.jobs, observed.metadata.uid);
    const status = await this.follow(observed, jobs);
    const cronJob: ObservedCronJob = { ...observed, status };
    for (const job of planHistory(cronJob, jobs)) await this.deleteJob(cronJob, status, job.metadata);
    const plan = planRun(cronJob, Date.now(), this.isRescheduled(cronJob));
    this.say(cronJob, plan.events);
    let failure: unknown;
    if (plan.startAt !== undefined) failure = await this.start(cronJob, status, plan).catch((error: unknown) => error);
    if (!semanticEqual(observed.status, status)) await this.client.updateStatus({ ...(observed as CronJob), status });
    if (failure) throw failure as Error;
    return plan.waitMs === undefined ? undefined : { requeueAfter: Math.min(plan.waitMs, longestWaitMs) };
  }

  private isRescheduled(cronJob: ObservedCronJob): boolean {
    const key = objectKey(cronJob);
    const schedule = `${cronJob.spec?.schedule} ${cronJob.spec?.timeZone ?? ''}`;
    const before = this.schedules.get(key);
    this.schedules.set(key, schedule);
    return before !== undefined && before !== schedule;
  }

  private async follow(cronJob: ObservedCronJob, jobs: readonly ObservedJob[]): Promise<CronJobStatus> {
    const { status, events, missing } = followJobs(cronJob, jobs);
    this.say(
      cronJob,
      events.filter(({ reason }) => reason !== 'UnexpectedJob'),
    );
    const unexpected = events.filter(({ reason }) => reason === 'UnexpectedJob');
    // Just started by us, the list not yet seen with it: only the server's own list tells.
    if (unexpected.length > 0) this.say(cronJob, await this.trulyUnexpected(cronJob, jobs, unexpected));
    for (const { name = '', namespace, uid } of missing) {
      if (await this.jobClient.get(name, namespace).catch(ignoreNotFound)) continue;
      const message = `Active job went missing: ${name}`;
      this.recorder.event(cronJob, 'Normal', 'MissingJob', message);
      dropActive(status, uid);
    }
    return status;
  }

  private async trulyUnexpected(
    { metadata }: ObservedCronJob,
    jobs: readonly ObservedJob[],
    events: readonly PlannedEvent[],
  ): Promise<readonly PlannedEvent[]> {
    const fresh = await this.client.get(metadata.name ?? '', metadata.namespace).catch(ignoreNotFound);
    if (!fresh) return [];
    return followJobs(fresh, jobs).events.filter((event) => events.some(({ message }) => message === event.message));
  }

  private async start(cronJob: ObservedCronJob, status: CronJobStatus, plan: RunPlan): Promise<void> {
    const scheduledAt = plan.startAt ?? 0;
    if (plan.isReplacing) {
      for (const { name, namespace, uid } of status.active ?? []) {
        await this.deleteJob(cronJob, status, { name, namespace, uid });
      }
    }
    const job = await this.createJob(cronJob, newJob(cronJob, scheduledAt), scheduledAt);
    if (!job) return;
    const { name, namespace, uid, resourceVersion } = job.metadata;
    const reference = { kind: 'Job', apiVersion: 'batch/v1', name, namespace, uid, resourceVersion };
    dropActive(status, uid);
    status.active = [...(status.active ?? []), reference];
    status.lastScheduleTime = rfc3339(scheduledAt);
  }

  /** The Job of the run, made now or at an earlier try; undefined when its name belongs to somebody else. */
  private async createJob(cronJob: ObservedCronJob, wanted: Job, scheduledAt: number): Promise<Job | undefined> {
    try {
      const job = await this.jobClient.create(wanted);
      skew.observe(Math.max(0, (Date.now() - scheduledAt) / 1000));
      this.recorder.event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${job.metadata.name}`);
      return job;
    } catch (error) {
      if (isAlreadyExists(error)) return this.ownJob(cronJob, wanted);
      if (reasonOf(error) !== 'Forbidden' || !isTerminatingNamespace(error)) {
        this.recorder.event(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${messageOf(error)}`);
      }
      throw error;
    }
  }

  private async ownJob({ metadata }: ObservedCronJob, { metadata: wanted }: Job): Promise<Job | undefined> {
    const job = await this.jobClient.get(wanted.name ?? '', wanted.namespace);
    return job.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid) ? job : undefined;
  }

  private async deleteJob(
    cronJob: ObservedCronJob,
    status: CronJobStatus,
    { name = '', namespace, uid }: { name?: string; namespace?: string; uid?: string },
  ): Promise<void> {
    try {
      await this.jobClient.delete(name, namespace, { uid, propagationPolicy: 'Background' });
    } catch (error) {
      if (!isNotFound(error)) {
        this.recorder.event(cronJob, 'Warning', 'FailedDelete', `Deleted job: ${messageOf(error)}`);
        throw error;
      }
    }
    dropActive(status, uid);
    this.recorder.event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`);
  }

  private say(cronJob: ObservedCronJob, events: readonly PlannedEvent[]): void {
    for (const { type, reason, message } of events) this.recorder.event(cronJob, type, reason, message);
  }
}

function ignoreNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isTerminatingNamespace(error: unknown): boolean {
  const details = (error as { status?: { details?: { causes?: { reason?: string }[] } } }).status?.details;
  return !!details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating');
}
