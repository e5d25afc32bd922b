import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { Device } from '../meta/json-types';
import type { Quantity } from '../meta/quantity';
import {
  addQuantities,
  compareQuantities,
  exactValue,
  formatQuantity,
  quantityFrom,
  tryParseQuantity,
} from '../meta/quantity';
import { limits } from './limits';
import { validateSet } from './list-validation';

type Capacity = NonNullable<Device['capacity']>[string];
type Policy = NonNullable<Capacity['requestPolicy']>;
type Range = NonNullable<Policy['validRange']>;

const over = (left: Quantity, right: Quantity): boolean => compareQuantities(left, right) > 0;
const invalid = (path: string, value: Quantity, detail: string): FieldError =>
  field.invalid(path, formatQuantity(value), detail);

function validateValues(values: readonly string[], initial: Quantity, whole: Quantity, path: string): FieldError[] {
  const amounts = values.map(quantityFrom);
  const errors = amounts.slice(1).flatMap((amount, at) => {
    const before = amounts[at] as Quantity;
    return over(before, amount)
      ? [invalid(`${path}[${at + 1}]`, amount, 'values must be sorted in ascending order')]
      : [];
  });
  const large = `option is larger than capacity value: ${formatQuantity(whole)}`;
  errors.push(
    ...validateSet(values, limits.validValues, path, {
      key: (text) => String(exactValue(quantityFrom(text))),
      item: (text, at) => (over(quantityFrom(text), whole) ? [invalid(at, quantityFrom(text), large)] : []),
    }),
  );
  if (!amounts.some((amount) => compareQuantities(amount, initial) === 0))
    errors.push(invalid(path, initial, 'default value is not valid according to the requestPolicy'));
  return errors;
}

function validateStep(range: Range, initial: Quantity, whole: Quantity, path: string): FieldError[] {
  const min = quantityFrom(range.min);
  const step = quantityFrom(range.step);
  if (step.nanos <= 0n) return [invalid(path, step, 'must be greater than zero')];
  const errors: FieldError[] = [];
  const added = addQuantities(min, step);
  if (over(added, whole)) {
    const detail = `one step ${formatQuantity(added)} is larger than capacity value: ${formatQuantity(whole)}`;
    errors.push(invalid(path, step, detail));
  }
  const max = tryParseQuantity(range.max);
  for (const value of [initial, ...(max ? [max] : [])]) {
    if ((exactValue(value) - exactValue(min)) % exactValue(step) === 0n) continue;
    const detail = `value is not a multiple of a given step (${formatQuantity(step)}) from (${formatQuantity(min)})`;
    errors.push(invalid(path, value, detail));
  }
  return errors;
}

function validateMax(range: Range, initial: Quantity, whole: Quantity, path: string): FieldError[] {
  const max = tryParseQuantity(range.max);
  if (!max) return [];
  const min = quantityFrom(range.min);
  return [
    ...(over(min, max) ? [invalid(`${path}.max`, min, `min is larger than max: ${formatQuantity(max)}`)] : []),
    ...(over(max, whole)
      ? [invalid(`${path}.max`, max, `max is larger than capacity value: ${formatQuantity(whole)}`)]
      : []),
    ...(over(initial, max)
      ? [invalid(`${path}.default`, initial, `default is more than max: ${formatQuantity(max)}`)]
      : []),
  ];
}

function validateRange(range: Range, initial: Quantity, whole: Quantity, path: string): FieldError[] {
  if (range.min === undefined) return [field.required(`${path}.min`, 'required when validRange is defined')];
  const min = quantityFrom(range.min);
  return [
    ...(over(min, whole)
      ? [invalid(`${path}.min`, min, `min is larger than capacity value: ${formatQuantity(whole)}`)]
      : []),
    ...(over(min, initial)
      ? [invalid(`${path}.default`, initial, `default is less than min: ${formatQuantity(min)}`)]
      : []),
    ...validateMax(range, initial, whole, path),
    ...(range.step === undefined ? [] : validateStep(range, initial, whole, `${path}.step`)),
  ];
}

function validatePolicy(policy: Policy, whole: Quantity, path: string): FieldError[] {
  const { validValues = [], validRange } = policy;
  if (validValues.length > 0 && validRange)
    return [
      field.forbidden(
        path,
        'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time',
      ),
    ];
  const kind = validValues.length > 0 ? 'validValues' : validRange ? 'validRange' : undefined;
  if (!kind) return [];
  if (policy.default === undefined) return [field.required(`${path}.default`, `required when ${kind} is defined`)];
  const initial = quantityFrom(policy.default);
  return validRange
    ? validateRange(validRange, initial, whole, `${path}.validRange`)
    : validateValues(validValues, initial, whole, `${path}.validValues`);
}

/** A policy of how much may be taken at a time goes with devices that are given out more than once. */
export function validateCapacity(capacity: Capacity, isShared: boolean, path: string): FieldError[] {
  const { requestPolicy, value } = capacity;
  if (!requestPolicy) return [];
  return isShared
    ? validatePolicy(requestPolicy, quantityFrom(value), `${path}.requestPolicy`)
    : [field.forbidden(`${path}.requestPolicy`, 'allowMultipleAllocations must be true')];
}
