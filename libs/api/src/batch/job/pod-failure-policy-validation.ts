import { field, omitValue } from '../../errors/field-error';
import type { FieldError } from '../../errors/field-error';
import type { JobSpec, PodFailurePolicyRule } from '../../meta/json-types';
import { isQualifiedName } from '../../meta/names';
import { invalidEach } from '../../validation/checks';

const maxRules = 20;
const maxExitCodes = 255;
const maxConditionPatterns = 20;
const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const operators = ['In', 'NotIn'];
const statuses = ['False', 'True', 'Unknown'];

type OnExitCodes = NonNullable<PodFailurePolicyRule['onExitCodes']>;
type OnPodConditions = NonNullable<PodFailurePolicyRule['onPodConditions']>;

export function validatePodFailurePolicy(spec: JobSpec, path: string): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const pod = spec.template?.spec;
  const containers = [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].map(({ name }) => name);
  return [
    ...(rules.length > maxRules ? [field.tooMany(`${path}.rules`, rules.length, maxRules)] : []),
    ...rules.flatMap((rule, index) => validateRule(spec, rule, `${path}.rules[${index}]`, containers)),
  ];
}

function validateRule(spec: JobSpec, rule: PodFailurePolicyRule, path: string, containers: string[]): FieldError[] {
  const { onExitCodes, onPodConditions = [] } = rule;
  const errors = validateAction(spec, rule.action, `${path}.action`);
  if (onExitCodes) errors.push(...validateOnExitCodes(onExitCodes, `${path}.onExitCodes`, containers));
  errors.push(...validateOnPodConditions(onPodConditions, `${path}.onPodConditions`));
  if (onExitCodes && onPodConditions.length > 0) {
    const detail = 'specifying both OnExitCodes and OnPodConditions is not supported';
    errors.push(field.invalid(path, omitValue, detail));
  }
  if (!onExitCodes && onPodConditions.length === 0) {
    errors.push(field.invalid(path, omitValue, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
  return errors;
}

function validateAction(spec: JobSpec, action: string, path: string): FieldError[] {
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    return [field.invalid(path, action, 'requires the backoffLimitPerIndex to be set')];
  }
  return validateChoice(action, actions, path);
}

/** A required choice: an empty one is told what there is. */
function validateChoice(value: string | undefined, allowed: readonly string[], path: string): FieldError[] {
  if (!value) return [field.required(path, `valid values: [${allowed.map((one) => JSON.stringify(one)).join(' ')}]`)];
  return allowed.includes(value) ? [] : [field.notSupported(path, value, allowed)];
}

function validateOnPodConditions(patterns: OnPodConditions, path: string): FieldError[] {
  const errors = patterns.flatMap(({ type, status }, index) => [
    ...invalidEach(type, isQualifiedName(type), `${path}[${index}].type`),
    ...validateChoice(status, statuses, `${path}[${index}].status`),
  ]);
  if (patterns.length <= maxConditionPatterns) return errors;
  return [field.tooMany(path, patterns.length, maxConditionPatterns), ...errors];
}

function validateOnExitCodes(rule: OnExitCodes, path: string, containers: readonly string[]): FieldError[] {
  const errors = validateChoice(rule.operator, operators, `${path}.operator`);
  if (rule.containerName !== undefined && !containers.includes(rule.containerName)) {
    const detail = 'must be one of the container or initContainer names in the pod template';
    errors.push(field.invalid(`${path}.containerName`, rule.containerName, detail));
  }
  return [...errors, ...validateExitCodes(rule, `${path}.values`)];
}

function validateExitCodes({ operator, values = [] }: OnExitCodes, path: string): FieldError[] {
  if (values.length === 0) return [field.invalid(path, values, 'at least one value is required')];
  const errors = values.length > maxExitCodes ? [field.tooMany(path, values.length, maxExitCodes)] : [];
  values.forEach((value, index) => {
    const at = `${path}[${index}]`;
    if (operator === 'In' && value === 0) errors.push(field.invalid(at, value, 'must not be 0 for the In operator'));
    if (values.indexOf(value) < index) errors.push(field.duplicate(at, value));
  });
  if (values.some((value, index) => index > 0 && (values[index - 1] as number) > value)) {
    errors.push(field.invalid(path, values, 'must be ordered'));
  }
  return errors;
}
