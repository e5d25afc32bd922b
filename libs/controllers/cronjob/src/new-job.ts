import {
  controllerReference,
  cronJobScheduledAnnotation,
  timeZone,
  type CronJob,
  type DeepReadonly,
  type Job,
  type JobSpec,
} from '@nestor/api';

/** A name by the minute: a run is made once, however often it is tried. */
export function jobName(cronJob: DeepReadonly<CronJob>, scheduledAt: number): string {
  return `${cronJob.metadata.name}-${Math.floor(scheduledAt / 60_000)}`;
}

export function newJob(cronJob: DeepReadonly<CronJob>, scheduledAt: number): Job {
  const { metadata, spec } = structuredClone(cronJob.spec?.jobTemplate ?? {}) as {
    metadata?: Job['metadata'];
    spec?: JobSpec;
  };
  const scheduled = { [cronJobScheduledAnnotation]: zonedTimestamp(scheduledAt, cronJob.spec?.timeZone ?? '') };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(cronJob, scheduledAt),
      namespace: cronJob.metadata.namespace,
      labels: metadata?.labels,
      annotations: { ...metadata?.annotations, ...scheduled },
      ownerReferences: [controllerReference(cronJob)],
    },
    spec,
  };
}

/** RFC 3339 as the zone's clocks show it. */
export function zonedTimestamp(instant: number, zone: string): string {
  const offset = timeZone(zone).offsetAt(instant);
  const local = new Date(instant + offset).toISOString().slice(0, 19);
  if (offset === 0) return `${local}Z`;
  const minutes = Math.abs(offset) / 60_000;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${local}${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
