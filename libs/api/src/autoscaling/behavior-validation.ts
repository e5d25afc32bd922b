import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { HorizontalPodAutoscaler } from '../meta/json-types';
import { tryParseQuantity } from '../meta/quantity';

type Behavior = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['behavior']>;
type Rules = NonNullable<Behavior['scaleUp']>;
type Policy = NonNullable<Rules['policies']>[number];

const maxWindowSeconds = 3600;
const maxPeriodSeconds = 1800;
const selectPolicies = ['Disabled', 'Max', 'Min'];
const policyTypes = ['Percent', 'Pods'];

export function validateBehavior(behavior: Behavior | undefined, path: string): FieldError[] {
  return (['scaleUp', 'scaleDown'] as const).flatMap((direction) => {
    const rules = behavior?.[direction];
    return rules ? validateRules(rules, `${path}.${direction}`) : [];
  });
}

function validateRules(rules: Rules, path: string): FieldError[] {
  const { stabilizationWindowSeconds: seconds, selectPolicy, policies = [], tolerance } = rules;
  const errors = validateWindow(seconds, `${path}.stabilizationWindowSeconds`);
  if (selectPolicy && !selectPolicies.includes(selectPolicy)) {
    errors.push(field.notSupported(`${path}.selectPolicy`, selectPolicy, selectPolicies));
  }
  if (policies.length === 0) errors.push(field.required(`${path}.policies`, 'must specify at least one Policy'));
  policies.forEach((policy, index) => errors.push(...validatePolicy(policy, `${path}.policies[${index}]`)));
  if (tolerance && (tryParseQuantity(tolerance)?.nanos ?? 0n) < 0n) {
    errors.push(field.invalid(`${path}.tolerance`, tolerance, 'must be greater than or equal to 0'));
  }
  return errors;
}

function validateWindow(seconds: number | undefined | null, path: string): FieldError[] {
  if (seconds === undefined || seconds === null) return [];
  if (seconds < 0) return [field.invalid(path, seconds, 'must be greater than or equal to zero')];
  if (seconds <= maxWindowSeconds) return [];
  return [field.invalid(path, seconds, `must be less than or equal to ${maxWindowSeconds}`)];
}

function validatePolicy({ type, value, periodSeconds }: Policy, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!policyTypes.includes(type)) errors.push(field.notSupported(`${path}.type`, type, policyTypes));
  if (value <= 0) errors.push(field.invalid(`${path}.value`, value, 'must be greater than zero'));
  if (periodSeconds <= 0) {
    errors.push(field.invalid(`${path}.periodSeconds`, periodSeconds, 'must be greater than zero'));
  }
  if (periodSeconds > maxPeriodSeconds) {
    const text = `must be less than or equal to ${maxPeriodSeconds}`;
    errors.push(field.invalid(`${path}.periodSeconds`, periodSeconds, text));
  }
  return errors;
}
