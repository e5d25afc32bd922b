import { field } from '../../errors/field-error';
import type { FieldError } from '../../errors/field-error';
import { validateDomainPrefixedPath } from '../../meta/domain-prefixed-path';

const maxLength = 63;

/** A domain-prefixed path, with the length that a label's value may have. */
export function validateManagedBy(value: string | undefined, path: string): FieldError[] {
  if (value === undefined) return [];
  const errors = validateDomainPrefixedPath(value, path);
  return value.length > maxLength ? [...errors, field.tooLong(path, maxLength)] : errors;
}
