/** Checks of apimachinery's and core's validation that every kind shares. */
import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import { immutableMessage } from '../meta/object-meta-validation';
import { semanticEqual } from '../meta/semantic-equal';

export function validateImmutable(value: unknown, old: unknown, path: string): FieldError[] {
  return semanticEqual(value, old) ? [] : [field.invalid(path, value, immutableMessage)];
}

export function validateNonNegative(value: number | undefined | null, path: string): FieldError[] {
  return (value ?? 0) < 0 ? [field.invalid(path, value, 'must be greater than or equal to 0')] : [];
}

export function validatePositive(value: number, path: string): FieldError[] {
  return value <= 0 ? [field.invalid(path, value, 'must be greater than 0')] : [];
}

export function validateOneOf(value: string | undefined, allowed: readonly string[], path: string): FieldError[] {
  return value !== undefined && value !== '' && !allowed.includes(value)
    ? [field.notSupported(path, value, allowed)]
    : [];
}

/** The messages of a name check as errors of one field. */
export function invalidEach(value: unknown, messages: readonly string[], path: string): FieldError[] {
  return messages.map((message) => field.invalid(path, value, message));
}
