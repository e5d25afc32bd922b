import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { Device } from '../meta/json-types';
import { validateLabelKey } from '../meta/labels-validation';
import { limits } from './limits';
import { validateList } from './list-validation';

function duplicates(list: readonly string[], path: string): FieldError[] {
  return list.flatMap((one, at) => (list.indexOf(one) < at ? [field.duplicate(`${path}[${at}]`, one)] : []));
}

/** What must come true, and what must not, before a pod with the device is bound: both or neither. */
export function validateBindingConditions(
  { bindingConditions: wanted = [], bindingFailureConditions: failures = [] }: Partial<Device>,
  path: string,
): FieldError[] {
  const wantedPath = `${path}.bindingConditions`;
  const failuresPath = `${path}.bindingFailureConditions`;
  const errors = [
    ...validateList(wanted, limits.bindingConditions, wantedPath, validateLabelKey),
    ...validateList(failures, limits.bindingConditions, failuresPath, validateLabelKey),
    ...duplicates(wanted, wantedPath),
    ...duplicates(failures, failuresPath),
  ];
  failures.forEach((one, at) => {
    if (!wanted.includes(one)) return;
    const detail = 'bindingFailureConditions must not overlap with bindingConditions';
    errors.push(field.invalid(`${failuresPath}[${at}]`, one, detail));
  });
  if (wanted.length === 0 && failures.length > 0)
    errors.push(field.invalid(wantedPath, wanted, 'bindingConditions are required to use bindingFailureConditions'));
  if (failures.length === 0 && wanted.length > 0)
    errors.push(
      field.invalid(failuresPath, failures, 'bindingFailureConditions are required to use bindingConditions'),
    );
  return errors;
}
