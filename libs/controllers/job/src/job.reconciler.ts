import { Injectable } from '@nestjs/common';
import {
  controllerOf,
  isNotFound,
  jobTrackingFinalizer,
  labelSelectorMatcher,
  type Job,
  type JobCondition,
  type JobStatus,
  type Pod,
} from '@nestor/api';
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
  Expectations,
  Reconciler,
  claimChildren,
  controlledBy,
  indexByController,
  isPodReady,
  type ObjectKey,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { traceparentAnnotation, withSpan } from '@nestor/telemetry';
import { nextBackoffRecord, type BackoffRecord } from './backoff';
import { judgeCompletion, planPods, type PodPlan } from './job.plan';
import { isFinished, isManagedElsewhere, isTracked, type ObservedJob, type ObservedPod } from './job-state';
import { actionOf, countFinished, countPods, startSync } from './job-metrics';
import { observeJob, type JobObservation } from './observe-job';
import { isPodKey, podKey, podNameOf } from './pod-key';
import { PodWriter, type PodChanges } from './pod-writer';
import { ReleasedPods } from './released-pods';
import { finishStatus, planStatus, settleCounted } from './status.plan';

/** Pods per millisecond of delay: a sync looks at all pods of its Job, so a great one is synced once a second. */
const podsPerDelayMs = 5;
const maxDelayMs = 1000;

/** Runs the pods of Jobs to their end and counts them. */
@Reconciler({ name: 'job-controller' })
@Injectable()
export class JobReconciler implements ReconcilesObjects {
  private readonly pods: Informer<Pod>;
  private readonly jobs: Informer<Job>;
  private readonly podClient: ResourceClient<Pod>;
  private readonly client: ResourceClient<Job>;
  private readonly recorder: EventRecorder;
  private readonly writer: PodWriter;
  private expectations: Expectations<Pod>;
  private released: ReleasedPods;
  private readonly backoffs = new Map<string, BackoffRecord>();
  /** Revision of each Job as last written here: an older copy would count anew what has been counted. */
  private readonly written = new Map<string, number>();

  constructor(client: KubernetesClient, informers: InformerFactory, recorder: EventRecorder) {
    this.pods = informers.informer(refs.pods);
    this.jobs = informers.informer(refs.jobs);
    indexByController(this.pods);
    this.podClient = client.resource(refs.pods);
    this.client = client.resource(refs.jobs);
    this.recorder = recorder.as('job-controller');
    this.writer = new PodWriter(this.podClient, this.recorder);
    this.expectations = new Expectations(this.pods);
    this.released = new ReleasedPods(this.pods);
  }

  setup({ on, enqueue, enqueueAfter }: ReconcilerWiring): void {
    this.expectations = new Expectations(this.pods);
    this.released = new ReleasedPods(this.pods);
    this.backoffs.clear();
    this.written.clear();
    const releaseAll = (job: ObservedJob): void => {
      for (const pod of controlledBy(this.pods, job.metadata.uid)) if (isTracked(pod)) enqueue(podKey(pod));
    };
    on(refs.jobs, {
      added: (job) => enqueue(objectKey(job)),
      updated: (job, old) => {
        const isNew = job.metadata.generation !== old.metadata.generation;
        enqueueAfter(objectKey(job), isNew ? 0 : delayFor(job));
        if (isFinished(job)) releaseAll(job);
      },
      deleted: (job) => {
        enqueue(objectKey(job));
        releaseAll(job);
      },
    });
    const touch = (pod: ObservedPod): void => {
      const job = this.jobOf(pod);
      if (job && !isFinished(job)) enqueueAfter(objectKey(job), delayFor(job));
      else if (isTracked(pod)) enqueue(podKey(pod));
      else if (!controllerOf(pod)) for (const one of this.candidates(pod)) enqueue(objectKey(one));
    };
    on(refs.pods, {
      added: touch,
      updated: (pod, old) => {
        touch(pod);
        if (controllerOf(old)?.uid !== controllerOf(pod)?.uid) touch(old);
      },
      deleted: (pod) => {
        const job = this.jobOf(pod);
        if (job) enqueueAfter(objectKey(job), delayFor(job));
      },
    });
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<ReconcileResult> {
    if (isPodKey(name)) return this.releaseOrphan(namespace, podNameOf(name));
    const key = keyOf(namespace, name);
    const job = this.jobs.lister.get(namespace, name);
    if (!job || isFinished(job)) return this.forget(key);
    if (isManagedElsewhere(job) || Number(job.metadata.resourceVersion) < (this.written.get(key) ?? 0)) return;
    const parent = job.metadata.annotations?.[traceparentAnnotation];
    if (!parent) return this.sync(key, job);
    return withSpan('job-controller reconcile', { parent, attributes: { namespace, name } }, () => this.sync(key, job));
  }

  private forget(key: string): void {
    this.expectations.forget(key);
    this.released.forget(key);
    this.backoffs.delete(key);
    this.written.delete(key);
  }

  private async sync(key: string, job: ObservedJob): Promise<ReconcileResult> {
    const timed = startSync(job);
    try {
      const result = await this.attempt(key, job, timed);
      timed.end('success');
      return result;
    } catch (error) {
      timed.end('error');
      throw error;
    }
  }

  private async attempt(key: string, job: ObservedJob, timed: ReturnType<typeof startSync>): Promise<ReconcileResult> {
    const now = Date.now();
    const isSettled = this.expectations.satisfied(key);
    const observed = observeJob(job, await this.claim(job), this.released.of(key));
    const startTime = job.status?.startTime ?? (job.spec?.suspend ? undefined : rfc3339(now));
    const startedAt = startTime === undefined ? undefined : Date.parse(startTime);
    const plan = planPods({ observed, backoff: this.backoffs.get(key), startedAt, isSettled, now });
    timed.action = actionOf(plan, isSettled);
    const changes = await this.writer.write(plan, observed, key, this.expectations);
    const counts = countsAfter(observed, changes);
    const isManaged = isSettled && !job.metadata.deletionTimestamp;
    const verdict = plan.verdict
      ? this.confirmed(plan, changes, isSettled)
      : isManaged
        ? judgeCompletion(observed, counts.active, now)
        : undefined;
    await this.track(key, { observed, startTime, counts, verdict, isManaged: isManaged && !plan.verdict, now });
    if (changes.error) throw changes.error as Error;
    return plan.waitMs === undefined ? undefined : { requeueAfter: Math.max(plan.waitMs, 0) + 10 };
  }

  /** A Job is not over while pods may run that could not be deleted or have not been seen yet. */
  private confirmed(plan: PodPlan, changes: PodChanges, isSettled: boolean): JobCondition | undefined {
    return isSettled && changes.removed.length === plan.remove.length ? plan.verdict : undefined;
  }

  /**
   * Writes what has ended before its pods may go, lets them go, then moves them from the lists into the counters: a
   * crash in between loses no pod and counts none twice.
   */
  private async track(key: string, input: Parameters<typeof planStatus>[0]): Promise<void> {
    const { observed } = input;
    const planned = planStatus(input);
    let current: ObservedJob = observed.job;
    if (planned.isChanged) {
      current = await this.writeStatus(key, current, planned.status);
      const record = nextBackoffRecord(this.backoffs.get(key), observed.newlySucceeded, observed.newlyFailed);
      if (record) this.backoffs.set(key, record);
      else this.backoffs.delete(key);
      if (planned.turned === 'Suspended') this.recorder.event(current, 'Normal', 'Suspended', 'Job suspended');
      if (planned.turned === 'Resumed') this.recorder.event(current, 'Normal', 'Resumed', 'Job resumed');
    }
    const failure = await this.releaseAll(key, observed, planned.release);
    const status = structuredClone(current.status) as JobStatus;
    const held = this.heldBy(key, observed);
    const isCounted = settleCounted(status, (uid) => held.has(uid));
    const finished = failure || !planned.ending ? undefined : finishStatus(status, planned.ending);
    if (finished || isCounted) {
      const before = current.status;
      current = await this.writeStatus(key, current, finished ?? status);
      countPods(current, before, finished ?? status);
    }
    if (finished && planned.ending) this.announce(current, planned.ending);
    if (failure) throw failure.reason;
  }

  private async releaseAll(
    key: string,
    observed: JobObservation,
    pods: readonly ObservedPod[],
  ): Promise<PromiseRejectedResult | undefined> {
    const results = await Promise.allSettled(
      pods.map(async (pod) => {
        const revision = await this.writer.release(pod);
        // One that is gone stays released for as long as the copy shows it.
        this.released.add(key, pod.metadata.uid ?? '', revision || Infinity);
      }),
    );
    return results.find((result) => result.status === 'rejected');
  }

  /** Pods that still wait to be counted. */
  private heldBy(key: string, observed: JobObservation): ReadonlySet<string> {
    const released = this.released.all(key);
    return new Set(
      observed.pods
        .filter(observed.isHeld)
        .map((pod) => pod.metadata.uid ?? '')
        .filter((uid) => !released.has(uid)),
    );
  }

  private async writeStatus(key: string, job: ObservedJob, status: JobStatus): Promise<ObservedJob> {
    const stored = await this.client.updateStatus({ ...(job as Job), status });
    this.written.set(key, Number(stored.metadata.resourceVersion));
    return stored;
  }

  private announce(job: ObservedJob, { type, reason = '', message = '' }: JobCondition): void {
    countFinished(job, { type, reason });
    if (type !== 'Complete') return this.recorder.event(job, 'Warning', reason, message);
    const { completions } = job.spec ?? {};
    if (completions !== undefined && (job.status?.succeeded ?? 0) > completions) {
      const tooMany = 'Too many succeeded pods running after completion count reached';
      this.recorder.event(job, 'Warning', 'TooManySucceededPods', tooMany);
    }
    this.recorder.event(job, 'Normal', 'Completed', 'Job completed');
  }

  private claim(job: ObservedJob): Promise<ObservedPod[]> {
    const { name = '', namespace } = job.metadata;
    return claimChildren<Pod>({
      owner: job,
      selector: labelSelectorMatcher(job.spec?.selector),
      children: this.pods,
      client: this.podClient,
      finalizers: [jobTrackingFinalizer],
      freshOwner: () => this.client.get(name, namespace).catch(ignoreNotFound),
    });
  }

  /** A pod whose Job is gone or over holds a finalizer that nobody else takes off. */
  private async releaseOrphan(namespace: string, name: string): Promise<void> {
    const pod = this.pods.lister.get(namespace, name);
    if (!pod || !isTracked(pod)) return;
    const owner = controllerOf(pod);
    if (owner && owner.kind !== 'Job') return;
    const job = this.jobOf(pod) ?? (await this.freshJobOf(pod));
    if (job && (isManagedElsewhere(job) || !isFinished(job))) return;
    await this.writer.release(pod);
  }

  /** The copy of the Jobs may be behind that of the pods; once it is not, what it lacks is not there. */
  private async freshJobOf(pod: ObservedPod): Promise<ObservedJob | undefined> {
    const owner = controllerOf(pod);
    if (!owner || Number(this.jobs.resourceVersion) >= Number(pod.metadata.resourceVersion)) return undefined;
    const job = await this.client.get(owner.name, pod.metadata.namespace).catch(ignoreNotFound);
    return job?.metadata.uid === owner.uid ? job : undefined;
  }

  private jobOf(pod: ObservedPod): ObservedJob | undefined {
    const owner = controllerOf(pod);
    if (owner?.kind !== 'Job') return undefined;
    const job = this.jobs.lister.get(pod.metadata.namespace ?? '', owner.name);
    return job?.metadata.uid === owner.uid ? job : undefined;
  }

  /** Jobs that might adopt an orphan. */
  private candidates(pod: ObservedPod): ObservedJob[] {
    if (pod.metadata.deletionTimestamp) return [];
    return this.jobs.lister
      .list(pod.metadata.namespace)
      .filter((job) => labelSelectorMatcher(job.spec?.selector).matches(pod.metadata.labels));
  }
}

function countsAfter({ active, ready, terminating }: JobObservation, { created, removed }: PodChanges) {
  return {
    active: active.length + created - removed.length,
    ready: ready - removed.filter(isPodReady).length,
    terminating: terminating + removed.length,
  };
}

function delayFor({ spec, status }: ObservedJob): number {
  const pods = Math.max(spec?.parallelism ?? 1, (status?.succeeded ?? 0) + (status?.failed ?? 0));
  return pods < 50 ? 0 : Math.min(maxDelayMs, pods / podsPerDelayMs);
}

function ignoreNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}
