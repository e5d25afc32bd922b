import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { DeviceTaint, DeviceToleration } from '../meta/json-types';
import { validateLabelKey } from '../meta/labels-validation';
import { isLabelValue } from '../meta/names';
import { invalidEach, validateOneOf } from '../validation/checks';
import { limits } from './limits';
import { validateList } from './list-validation';

const effects = ['NoExecute', 'NoSchedule', 'None'];
const operators = ['Equal', 'Exists'];

/** An effect that was there before stays, whatever it is. */
export function validateTaint({ key, value, effect }: DeviceTaint, path: string, old?: DeviceTaint): FieldError[] {
  const known = effect ? validateOneOf(effect, effects, `${path}.effect`) : [field.required(`${path}.effect`)];
  return [
    ...validateLabelKey(key, `${path}.key`),
    ...(value ? invalidEach(value, isLabelValue(value), `${path}.value`) : []),
    ...(old?.effect === effect ? [] : known),
  ];
}

function validateToleration({ key, operator, value = '', effect }: DeviceToleration, path: string): FieldError[] {
  const errors = key ? validateLabelKey(key, `${path}.key`) : [];
  const valuePath = `${path}.value`;
  if (!operator) errors.push(field.required(`${path}.operator`));
  else if (operator === 'Equal') errors.push(...invalidEach(value, isLabelValue(value), valuePath));
  else if (operator === 'Exists' && value !== '')
    errors.push(field.invalid(valuePath, value, 'must be empty for operator `Exists`'));
  else errors.push(...validateOneOf(operator, operators, `${path}.operator`));
  return [...errors, ...validateOneOf(effect, effects, `${path}.effect`)];
}

export function validateTolerations(list: readonly DeviceToleration[] | undefined, path: string): FieldError[] {
  return validateList(list, limits.tolerations, path, validateToleration);
}
