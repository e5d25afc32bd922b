import { field } from '../../errors/field-error';
import type { FieldError } from '../../errors/field-error';
import type { Job } from '../../meta/json-types';
import { labelSelectorMatcher } from '../../meta/label-selector';
import { controllerUidLabel, jobNameLabel, legacyControllerUidLabel, legacyJobNameLabel } from './job-labels';

/** generateSelector: pods of this Job carry its name and uid, and the uid alone selects them. */
export function generateSelector(job: Job): void {
  const { spec, metadata } = job;
  if (!spec || spec.manualSelector) return;
  const template = ((spec.template ??= {}).metadata ??= {});
  // Labels that a client set are kept: where they are wrong, validation says so.
  template.labels = {
    [legacyJobNameLabel]: metadata.name ?? '',
    [jobNameLabel]: metadata.name ?? '',
    [legacyControllerUidLabel]: metadata.uid ?? '',
    [controllerUidLabel]: metadata.uid ?? '',
    ...template.labels,
  };
  const selector = (spec.selector ??= {});
  selector.matchLabels = { [controllerUidLabel]: metadata.uid ?? '', ...selector.matchLabels };
}

/** The labels follow a name that the server had to choose anew. */
export function renameLabels(job: Job, before: string): void {
  for (const labels of [job.metadata.labels, job.spec?.template?.metadata?.labels]) {
    for (const key of [legacyJobNameLabel, jobNameLabel]) {
      if (labels?.[key] === before) labels[key] = job.metadata.name ?? '';
    }
  }
}

/** validateGeneratedSelector. A Job from before the prefixed labels need not get them on update. */
export function validateGeneratedSelector({ metadata, spec }: Job, old?: Readonly<Job>): FieldError[] {
  if (!spec || spec.manualSelector || !spec.selector) return [];
  const errors: FieldError[] = metadata.uid ? [] : [field.required('metadata.uid')];
  const expected: Record<string, string> = {
    [legacyControllerUidLabel]: metadata.uid ?? '',
    [legacyJobNameLabel]: metadata.name ?? '',
  };
  const before = old?.spec?.template?.metadata?.labels;
  if (!old || (before?.[jobNameLabel] !== undefined && before[controllerUidLabel] !== undefined)) {
    expected[controllerUidLabel] = metadata.uid ?? '';
    expected[jobNameLabel] = metadata.name ?? '';
  }
  const labels = spec.template?.metadata?.labels ?? {};
  for (const [key, value] of Object.entries(expected)) errors.push(...validateHasLabel(labels, key, value));
  if (!selects(spec.selector, expected)) {
    errors.push(field.invalid('spec.selector', spec.selector, '`selector` not auto-generated'));
  }
  return errors;
}

/** A selector that cannot be compiled is reported by its own validation. */
export function selects(selector: NonNullable<Job['spec']>['selector'], labels: Record<string, string>): boolean {
  try {
    return labelSelectorMatcher(selector).matches(labels);
  } catch {
    return true;
  }
}

function validateHasLabel(labels: Record<string, string>, key: string, expected: string): FieldError[] {
  const path = `spec.template.metadata.labels[${key}]`;
  if (labels[key] === expected) return [];
  const detail = `must be '${expected}'`;
  const wrong = field.invalid(path, labels, detail);
  return labels[key] === undefined ? [field.required(path, detail), wrong] : [wrong];
}
