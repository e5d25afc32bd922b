import { field } from '../../errors/field-error';
import type { FieldError } from '../../errors/field-error';
import { isDns1123Subdomain } from '../../meta/names';
import { invalidEach } from '../../validation/checks';

const maxLength = 63;
const pathFormat = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

/** IsDomainPrefixedPath, with the length that a label's value may have. */
export function validateManagedBy(value: string | undefined, path: string): FieldError[] {
  if (value === undefined) return [];
  const errors = validateDomainPrefixedPath(value, path);
  return value.length > maxLength ? [...errors, field.tooLong(path, maxLength)] : errors;
}

function validateDomainPrefixedPath(value: string, path: string): FieldError[] {
  if (value === '') return [field.required(path)];
  const slash = value.indexOf('/');
  const [host, rest] = [value.slice(0, slash), value.slice(slash + 1)];
  if (slash <= 0 || rest === '') {
    return [field.invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  const errors = invalidEach(host, isDns1123Subdomain(host), path);
  if (new RegExp(`^${pathFormat}$`).test(rest)) return errors;
  return [...errors, field.invalid(path, rest, `Invalid path (regex used for validation is '${pathFormat}')`)];
}
