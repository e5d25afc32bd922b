import { field } from '../../errors/field-error';
import type { FieldError } from '../../errors/field-error';
import type { JobSpec } from '../../meta/json-types';
import { validatePodTemplate } from '../../core/pod/validation/pod';
import { validateNonNegative } from '../../validation/checks';
import { validateManagedBy } from './managed-by-validation';
import { validatePodFailurePolicy } from './pod-failure-policy-validation';
import { validateSuccessPolicy } from './success-policy-validation';

/** What may be written of indexed Jobs is bounded by the length of their status' index lists. */
const maxParallelism = 100_000;
const maxFailedIndexes = 100_000;
const manyCompletions = 100_000;
const maxParallelismForMany = 10_000;
const maxFailedIndexesForMany = 10_000;

const counts = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;

/** validateJobSpec: what a Job and a CronJob's template share. */
export function validateJobSpec(spec: JobSpec, path: string): FieldError[] {
  const errors = counts.flatMap((name) => validateNonNegative(spec[name], `${path}.${name}`));
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(field.required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  }
  return [
    ...errors,
    ...validateManagedBy(spec.managedBy, `${path}.managedBy`),
    ...validateCompletionMode(spec, path),
    ...(spec.podFailurePolicy ? validatePodFailurePolicy(spec, `${path}.podFailurePolicy`) : []),
    ...validateSuccessPolicy(spec, `${path}.successPolicy`),
    ...validateReplacementPolicy(spec, `${path}.podReplacementPolicy`),
    ...validatePodTemplate(spec.template ?? {}, `${path}.template`),
    ...validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`),
  ];
}

function validateCompletionMode(spec: JobSpec, path: string): FieldError[] {
  const { completionMode = 'NonIndexed' } = spec;
  if (completionMode === 'Indexed') return [...validateIndexed(spec, path), ...validateManyIndexes(spec, path)];
  if (completionMode !== 'NonIndexed') {
    return [field.notSupported(`${path}.completionMode`, completionMode, ['NonIndexed', 'Indexed'])];
  }
  return (['backoffLimitPerIndex', 'maxFailedIndexes'] as const).flatMap((name) =>
    spec[name] === undefined ? [] : [field.invalid(`${path}.${name}`, spec[name], 'requires indexed completion mode')],
  );
}

function validateIndexed({ completions, parallelism, maxFailedIndexes: failed }: JobSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (completions === undefined) {
    errors.push(field.required(`${path}.completions`, 'when completion mode is Indexed'));
  }
  if ((parallelism ?? 0) > maxParallelism) {
    const detail = `must be less than or equal to ${maxParallelism} when completion mode is Indexed`;
    errors.push(field.invalid(`${path}.parallelism`, parallelism, detail));
  }
  if (failed === undefined) return errors;
  const at = `${path}.maxFailedIndexes`;
  if (completions !== undefined && failed > completions) {
    errors.push(field.invalid(at, failed, 'must be less than or equal to completions'));
  }
  if (failed > maxFailedIndexes) {
    errors.push(field.invalid(at, failed, `must be less than or equal to ${maxFailedIndexes}`));
  }
  return errors;
}

function validateManyIndexes(spec: JobSpec, path: string): FieldError[] {
  const { completions = 0, parallelism = 0, maxFailedIndexes: failed } = spec;
  if (completions <= manyCompletions || spec.backoffLimitPerIndex === undefined) return [];
  const most = (limit: number): string =>
    `must be less than or equal to ${limit} when completions are above ${manyCompletions} and used with backoff limit per index`;
  const errors: FieldError[] = [];
  if (failed === undefined) {
    const detail = `must be specified when completions is above ${manyCompletions}`;
    errors.push(field.required(`${path}.maxFailedIndexes`, detail));
  }
  if (parallelism > maxParallelismForMany) {
    errors.push(field.invalid(`${path}.parallelism`, parallelism, most(maxParallelismForMany)));
  }
  if (failed !== undefined && failed > maxFailedIndexesForMany) {
    errors.push(field.invalid(`${path}.maxFailedIndexes`, failed, most(maxFailedIndexesForMany)));
  }
  return errors;
}

/** With a failure policy a pod is judged once it has failed, so it is replaced no earlier. */
function validateReplacementPolicy(spec: JobSpec, path: string): FieldError[] {
  const { podReplacementPolicy: policy } = spec;
  const allowed = spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return policy === undefined || allowed.includes(policy) ? [] : [field.notSupported(path, policy, allowed)];
}

function validateRestartPolicy(spec: JobSpec, path: string): FieldError[] {
  const policy = spec.template?.spec?.restartPolicy;
  if (!policy || policy === 'Always') return [field.required(path, 'valid values: "OnFailure", "Never"')];
  if (policy !== 'OnFailure' && policy !== 'Never') return [field.notSupported(path, policy, ['OnFailure', 'Never'])];
  if (!spec.podFailurePolicy || policy === 'Never') return [];
  return [field.invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')];
}
