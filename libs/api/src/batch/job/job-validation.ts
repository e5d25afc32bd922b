import { field } from '../../errors/field-error';
import type { FieldError } from '../../errors/field-error';
import type { Job, JobSpec } from '../../meta/json-types';
import { validateLabelSelector } from '../../meta/label-selector';
import { isDns1123Label } from '../../meta/names';
import { semanticEqual } from '../../meta/semantic-equal';
import { validateImmutable } from '../../validation/checks';
import { selects, validateGeneratedSelector } from './job-selector';
import { validateJobSpec } from './job-spec-validation';
import { validateTemplateUpdate } from './job-template-update';

/** ValidateJob. */
export function validateJob(job: Job, old?: Readonly<Job>): FieldError[] {
  const { spec } = job;
  if (!spec) return [field.required('spec')];
  return [
    ...validateGeneratedSelector(job, old),
    ...validateJobSpec(spec, 'spec'),
    ...validateSelector(spec),
    ...validateHostname(job),
  ];
}

function validateSelector({ selector, template }: JobSpec): FieldError[] {
  if (!selector) return [field.required('spec.selector')];
  const errors = validateLabelSelector(selector, 'spec.selector');
  const labels = template?.metadata?.labels ?? {};
  if (selects(selector, labels)) return errors;
  const detail = '`selector` does not match template `labels`';
  return [...errors, field.invalid('spec.template.metadata.labels', labels, detail)];
}

/** Pods of an indexed Job are called NAME-INDEX on their network: the longest must be a label. */
function validateHostname({ metadata, spec }: Job): FieldError[] {
  const { completionMode, completions = 0 } = spec ?? {};
  if (completionMode !== 'Indexed' || completions <= 0) return [];
  const longest = `${metadata.name}-${completions - 1}`;
  if (isDns1123Label(longest).length === 0) return [];
  const detail = `will not able to create pod with invalid DNS label: ${longest}`;
  return [field.invalid('metadata.name', metadata.name, detail)];
}

const immutable = [
  'completionMode',
  'podFailurePolicy',
  'backoffLimitPerIndex',
  'managedBy',
  'successPolicy',
] as const satisfies readonly (keyof JobSpec)[];

/** ValidateJobUpdate. */
export function validateJobUpdate(job: Job, old: Readonly<Job>): FieldError[] {
  const [spec, before] = [job.spec, old.spec];
  if (!spec || !before) return validateJob(job, old);
  return [
    ...validateJob(job, old),
    ...validateCompletionsUpdate(spec, before),
    ...validateImmutable(spec.selector, before.selector, 'spec.selector'),
    ...validateTemplateUpdate(job, old),
    ...immutable.flatMap((name) => validateImmutable(spec[name], before[name], `spec.${name}`)),
  ];
}

/** An indexed Job may grow and shrink, all its indexes running side by side. */
function validateCompletionsUpdate(spec: JobSpec, old: JobSpec): FieldError[] {
  const path = 'spec.completions';
  if (spec.completionMode !== 'Indexed') return validateImmutable(spec.completions, old.completions, path);
  if (spec.completions === undefined || semanticEqual(spec.completions, old.completions)) return [];
  if (spec.completions === spec.parallelism) return [];
  return [field.invalid(path, spec.completions, 'can only be modified in tandem with spec.parallelism')];
}
