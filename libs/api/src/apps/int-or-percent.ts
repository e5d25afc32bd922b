import type { FieldError } from '../errors/field-error';
import type { IntOrString } from '../meta/int-or-string';
import { isPercent } from '../meta/names';
import { invalidEach, validateNonNegative } from '../validation/checks';

export function validateIntOrPercent(value: IntOrString | undefined, path: string): FieldError[] {
  if (typeof value === 'string') return invalidEach(value, isPercent(value), path);
  return validateNonNegative(value, path);
}

export const asNumber = (value: IntOrString | undefined): number =>
  typeof value === 'number' ? value : parseInt(value ?? '0', 10);
export const percentage = (value: IntOrString | undefined): number =>
  typeof value === 'string' && isPercent(value).length === 0 ? parseInt(value, 10) : -1;
