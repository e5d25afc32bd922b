import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { HorizontalPodAutoscaler } from '../meta/json-types';
import { validateNonNegative } from '../validation/checks';
import { validateBehavior } from './behavior-validation';
import { validateMetricSpec } from './metric-validation';
import { validateApiVersion, validateObjectReference, type ApiVersionRule } from './object-reference-validation';

const isSet = <T>(value: T | undefined | null): value is T => value !== undefined && value !== null;

interface SpecRules {
  lowestMinimum: number;
  target: ApiVersionRule;
  object: ApiVersionRule;
}

const strictly: SpecRules = { lowestMinimum: 1, target: 'grouped', object: 'any' };

/** ReplicationController is the only kind of the core group that has a scale. */
const targetRule = ({ spec }: HorizontalPodAutoscaler): ApiVersionRule =>
  spec?.scaleTargetRef?.kind === 'ReplicationController' ? 'any' : 'grouped';

/** validateHorizontalPodAutoscalerSpec */
export function validateAutoscaler(autoscaler: HorizontalPodAutoscaler, rules?: SpecRules): FieldError[] {
  const { spec } = autoscaler;
  const { lowestMinimum, target, object } = rules ?? { ...strictly, target: targetRule(autoscaler) };
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
  errors.push(...validateObjectReference(scaleTargetRef, 'spec.scaleTargetRef', target));
  (metrics ?? []).forEach((metric, index) =>
    errors.push(...validateMetricSpec(metric, `spec.metrics[${index}]`, object)),
  );
  const countsFromZero = metrics?.some(({ type }) => type === 'Object' || type === 'External');
  if (minReplicas === 0 && !countsFromZero) {
    const text = 'must specify at least one Object or External metric to support scaling to zero replicas';
    errors.push(field.forbidden('spec.metrics', text));
  }
  errors.push(...validateBehavior(behavior, 'spec.behavior'));
  return errors;
}

/** What an autoscaler holds already that would be refused today, it may keep. */
export function validateAutoscalerUpdate(next: HorizontalPodAutoscaler, old: HorizontalPodAutoscaler): FieldError[] {
  const [ref, oldRef] = [next.spec?.scaleTargetRef, old.spec?.scaleTargetRef];
  const isSameTarget = ref?.apiVersion === oldRef?.apiVersion && ref?.kind === oldRef?.kind;
  const wasBroken = (old.spec?.metrics ?? []).some(
    ({ object }) => object && validateApiVersion(object.describedObject.apiVersion, '', 'any').length > 0,
  );
  return validateAutoscaler(next, {
    lowestMinimum: old.spec?.minReplicas === 0 ? 0 : 1,
    target: isSameTarget ? 'unchecked' : targetRule(next),
    object: wasBroken ? 'unchecked' : 'any',
  });
}

export function validateAutoscalerStatus({ status }: HorizontalPodAutoscaler): FieldError[] {
  return (['currentReplicas', 'desiredReplicas'] as const).flatMap((name) =>
    validateNonNegative(status?.[name], `status.${name}`),
  );
}
