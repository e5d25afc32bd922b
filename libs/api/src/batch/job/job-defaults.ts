import type { Job, JobSpec } from '../../meta/json-types';
import { setPodSpecDefaults } from '../../core/pod/pod-defaults';

const maxInt32 = 2147483647;

/** SetDefaults_Job. */
export function setJobDefaults(job: Job): void {
  const { spec } = job;
  if (!spec) return;
  setCountDefaults(spec);
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  spec.manualSelector ??= false;
  setJobTemplateDefaults(spec, job);
  takeTemplateLabels(job);
}

function setCountDefaults(spec: JobSpec): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  // Failures count per index where indexes have limits of their own.
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : maxInt32;
}

/** What a Job and the template of a CronJob share. */
export function setJobTemplateDefaults(spec: JobSpec, of: { kind: string; apiVersion: string }): void {
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
  }
  if (spec.template?.spec) setPodSpecDefaults(spec.template.spec, of);
}

/** A Job without labels has those of its pods. */
export function takeTemplateLabels(job: Job): void {
  const labels = job.spec?.template?.metadata?.labels;
  if (labels && Object.keys(job.metadata.labels ?? {}).length === 0) job.metadata.labels = { ...labels };
}
