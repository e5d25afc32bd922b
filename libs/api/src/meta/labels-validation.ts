import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import { isLabelValue, isQualifiedName } from './names';

export function validateLabelKey(key: string, path: string): FieldError[] {
  return isQualifiedName(key).map((problem) => field.invalid(path, key, problem));
}

/** v1validation.ValidateLabels. */
export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...validateLabelKey(key, path),
    ...isLabelValue(value).map((problem) => field.invalid(path, value, problem)),
  ]);
}
