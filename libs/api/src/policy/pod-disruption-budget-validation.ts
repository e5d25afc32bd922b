import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { IntOrString } from '../meta/int-or-string';
import type { PodDisruptionBudget } from '../meta/json-types';
import { validateLabelSelector } from '../meta/label-selector';
import { percentage, validateIntOrPercent } from '../apps/int-or-percent';
import { validateNonNegative } from '../validation/checks';
import { validateConditions } from '../validation/conditions-validation';

const unhealthyPolicies = ['AlwaysAllow', 'IfHealthyBudget'];

function validateShare(value: IntOrString | undefined | null, path: string): FieldError[] {
  if (!isSet(value)) return [];
  const tooMuch = percentage(value) > 100 ? [field.invalid(path, value, 'must not be greater than 100%')] : [];
  return [...validateIntOrPercent(value, path), ...tooMuch];
}

/** ValidatePodDisruptionBudgetSpec */
export function validatePodDisruptionBudget({ spec = {} }: PodDisruptionBudget): FieldError[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  const errors: FieldError[] = [];
  if (isSet(minAvailable) && isSet(maxUnavailable)) {
    errors.push(field.invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set'));
  }
  errors.push(...validateShare(minAvailable, 'spec.minAvailable'));
  errors.push(...validateShare(maxUnavailable, 'spec.maxUnavailable'));
  if (selector) errors.push(...validateLabelSelector(selector, 'spec.selector'));
  if (isSet(policy) && !unhealthyPolicies.includes(policy)) {
    errors.push(field.notSupported('spec.unhealthyPodEvictionPolicy', policy, unhealthyPolicies));
  }
  return errors;
}

const counts = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;

export function validatePodDisruptionBudgetStatus({ status }: PodDisruptionBudget): FieldError[] {
  return [
    ...validateConditions(status?.conditions, 'status.conditions'),
    ...counts.flatMap((name) => validateNonNegative(status?.[name], `status.${name}`)),
  ];
}

const isSet = <T>(value: T | undefined | null): value is T => value !== undefined && value !== null;
