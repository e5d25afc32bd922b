import { field, type FieldError } from '../errors/field-error';
import { invalidEach } from '../validation/checks';
import { isDns1123Subdomain } from './names';

const pathFormat = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

/** A name such as acme.io/foo (util/validation IsDomainPrefixedPath). */
export function validateDomainPrefixedPath(value: string, path: string): FieldError[] {
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
