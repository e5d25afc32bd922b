import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import { isCIdentifier, isDns1123Label, isDns1123Subdomain } from '../meta/names';
import { invalidEach } from '../validation/checks';
import { limits } from './limits';

/** ValidateCSIDriverName, which DRA drivers share. */
export function validateDriverName(name: string | undefined, path: string): FieldError[] {
  const text = name ?? '';
  const errors = text === '' ? [field.required(path)] : [];
  if (text.length > limits.domainLength) errors.push(field.tooLong(path, limits.domainLength));
  return [...errors, ...invalidEach(text, isDns1123Subdomain(text.toLowerCase()), path)];
}

/** One or more subdomains between slashes. */
export function validatePoolName(name: string | undefined, path: string): FieldError[] {
  if (!name) return [field.required(path)];
  return [
    ...(name.length > limits.poolNameLength ? [field.tooLong(path, limits.poolNameLength)] : []),
    ...name.split('/').flatMap((part) => invalidEach(part, isDns1123Subdomain(part), path)),
  ];
}

export const validateLabelName = (name: string | undefined, path: string): FieldError[] =>
  invalidEach(name ?? '', isDns1123Label(name ?? ''), path);

export function validateDeviceClassName(name: string | undefined, path: string): FieldError[] {
  return name ? invalidEach(name, isDns1123Subdomain(name), path) : [field.required(path)];
}

function validateIdentifier(id: string, path: string): FieldError[] {
  return [
    ...(id.length > limits.identifierLength ? [field.tooLong(path, limits.identifierLength)] : []),
    ...invalidEach(id, isCIdentifier(id), path),
  ];
}

/** Keys of attributes and capacities: an identifier, perhaps in a domain. */
export function validateQualifiedName(name: string, path: string): FieldError[] {
  const [first = '', second, ...rest] = name.split('/');
  if (rest.length > 0) return [field.invalid(path, name, 'must not contain more than one slash')];
  if (second === undefined) return validateIdentifier(first, path);
  return [
    ...(first === '' ? [field.invalid(path, '', 'the domain must not be empty')] : validateDriverName(first, path)),
    ...(second === '' ? [field.invalid(path, '', 'the name must not be empty')] : validateIdentifier(second, path)),
  ];
}

export function validateFullyQualifiedName(name: string, path: string): FieldError[] {
  const errors = validateQualifiedName(name, path);
  if (!name.includes('/'))
    errors.push(field.invalid(path, name, 'a fully qualified name must be a domain and a name separated by a slash'));
  return errors;
}

export const qualifiedNameLength = limits.domainLength + 1 + limits.identifierLength;
