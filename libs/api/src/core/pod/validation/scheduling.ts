import type { FieldError } from '../../../errors/field-error';
import { field } from '../../../errors/field-error';
import type { PodSpec, Toleration } from '../../../meta/json-types';
import { validateLabelKey, validateLabels } from '../../../meta/labels-validation';
import { isLabelValue } from '../../../meta/names';
import { invalidEach } from '../../../validation/checks';
import { validateAffinity } from './affinity';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function validateToleration(toleration: Toleration, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { key, operator, value, effect, tolerationSeconds } = toleration;
  if (key) errors.push(...validateLabelKey(key, `${path}.key`));
  if (!key && operator !== 'Exists') {
    errors.push(
      field.invalid(
        `${path}.operator`,
        operator ?? '',
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ),
    );
  }
  if (tolerationSeconds !== undefined && tolerationSeconds !== null && effect !== 'NoExecute') {
    errors.push(
      field.invalid(`${path}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"),
    );
  }
  switch (operator ?? '') {
    case '':
    case 'Equal': {
      const problems = isLabelValue(value ?? '');
      if (problems.length) errors.push(field.invalid(`${path}.operator`, value, problems.join(';')));
      break;
    }
    case 'Exists':
      if (value)
        errors.push(field.invalid(`${path}.operator`, toleration, "value must be empty when `operator` is 'Exists'"));
      break;
    default:
      errors.push(field.notSupported(`${path}.operator`, operator, ['Equal', 'Exists']));
  }
  if (effect && !effects.includes(effect)) errors.push(field.notSupported(`${path}.effect`, effect, effects));
  return errors;
}

export function validateTolerations(tolerations: readonly Toleration[] | undefined, path: string): FieldError[] {
  return (tolerations ?? []).flatMap((toleration, index) => validateToleration(toleration, `${path}[${index}]`));
}

function validateSpread(spec: PodSpec, path: string): FieldError[] {
  return (spec.topologySpreadConstraints ?? []).flatMap((constraint, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    if (constraint.maxSkew <= 0)
      errors.push(field.invalid(`${at}.maxSkew`, constraint.maxSkew, 'must be greater than zero'));
    if (!constraint.topologyKey) errors.push(field.required(`${at}.topologyKey`, 'can not be empty'));
    else errors.push(...validateLabelKey(constraint.topologyKey, `${at}.topologyKey`));
    const actions = ['DoNotSchedule', 'ScheduleAnyway'];
    if (!actions.includes(constraint.whenUnsatisfiable)) {
      errors.push(field.notSupported(`${at}.whenUnsatisfiable`, constraint.whenUnsatisfiable, actions));
    }
    return errors;
  });
}

function validateGates(spec: PodSpec, path: string): FieldError[] {
  const seen = new Set<string>();
  return (spec.schedulingGates ?? []).flatMap(({ name }, index) => {
    const errors = validateLabelKey(name, `${path}[${index}]`);
    if (seen.has(name)) errors.push(field.duplicate(`${path}[${index}]`, name));
    seen.add(name);
    return errors;
  });
}

export function validateScheduling(spec: PodSpec, path: string): FieldError[] {
  return [
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validateAffinity(spec.affinity, `${path}.affinity`),
    ...validateTolerations(spec.tolerations, `${path}.tolerations`),
    ...validateSpread(spec, `${path}.topologySpreadConstraints`),
    ...validateGates(spec, `${path}.schedulingGates`),
    ...(spec.schedulerName === '' ? invalidEach('', ['must be non-empty'], `${path}.schedulerName`) : []),
  ];
}
