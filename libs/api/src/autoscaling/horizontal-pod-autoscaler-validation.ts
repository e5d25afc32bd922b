import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { HorizontalPodAutoscaler } from '../meta/json-types';
import { isPathSegmentName } from '../meta/names';
import { invalidEach, validateNonNegative } from '../validation/checks';
import { validateBehavior } from './behavior-validation';
import { validateMetricSpec } from './metric-validation';

interface Reference {
  kind?: string;
  name?: string;
}

const isSet = <T>(value: T | undefined | null): value is T => value !== undefined && value !== null;

export function validateObjectReference(reference: Reference | undefined, path: string): FieldError[] {
  return (['kind', 'name'] as const).flatMap((part) => {
    const value = reference?.[part];
    if (!value) return [field.required(`${path}.${part}`)];
    return invalidEach(value, isPathSegmentName(value), `${path}.${part}`);
  });
}

/** validateHorizontalPodAutoscalerSpec */
export function validateAutoscaler({ spec }: HorizontalPodAutoscaler, lowestMinimum = 1): FieldError[] {
  const { minReplicas, maxReplicas = 0, scaleTargetRef, metrics, behavior } = spec ?? { maxReplicas: 0 };
  const errors: FieldError[] = [];
  if (isSet(minReplicas) && minReplicas < lowestMinimum) {
    const text = `must be greater than or equal to ${lowestMinimum}`;
    errors.push(field.invalid('spec.minReplicas', minReplicas, text));
  }
  if (maxReplicas < 1) errors.push(field.invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (isSet(minReplicas) && maxReplicas < minReplicas) {
    const text = 'must be greater than or equal to `minReplicas`';
    errors.push(field.invalid('spec.maxReplicas', maxReplicas, text));
  }
  errors.push(...validateObjectReference(scaleTargetRef, 'spec.scaleTargetRef'));
  (metrics ?? []).forEach((metric, index) => errors.push(...validateMetricSpec(metric, `spec.metrics[${index}]`)));
  const countsFromZero = metrics?.some(({ type }) => type === 'Object' || type === 'External');
  if (minReplicas === 0 && !countsFromZero) {
    const text = 'must specify at least one Object or External metric to support scaling to zero replicas';
    errors.push(field.forbidden('spec.metrics', text));
  }
  errors.push(...validateBehavior(behavior, 'spec.behavior'));
  return errors;
}

/** An autoscaler that may scale to zero already keeps that. */
export function validateAutoscalerUpdate(next: HorizontalPodAutoscaler, old: HorizontalPodAutoscaler): FieldError[] {
  return validateAutoscaler(next, old.spec?.minReplicas === 0 ? 0 : 1);
}

export function validateAutoscalerStatus({ status }: HorizontalPodAutoscaler): FieldError[] {
  return (['currentReplicas', 'desiredReplicas'] as const).flatMap((name) =>
    validateNonNegative(status?.[name], `status.${name}`),
  );
}
