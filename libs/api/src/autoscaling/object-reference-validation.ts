import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import { isPathSegmentName } from '../meta/names';
import { invalidEach } from '../validation/checks';

interface Reference {
  kind?: string;
  name?: string;
  apiVersion?: string;
}

/** Whether an apiVersion has to name a group, may be of the core group, or is not looked at. */
export type ApiVersionRule = 'grouped' | 'any' | 'unchecked';

/** ValidateCrossVersionObjectReference */
export function validateObjectReference(
  reference: Reference | undefined,
  path: string,
  rule: ApiVersionRule,
): FieldError[] {
  const errors = (['kind', 'name'] as const).flatMap((part) => {
    const value = reference?.[part];
    if (!value) return [field.required(`${path}.${part}`)];
    return invalidEach(value, isPathSegmentName(value), `${path}.${part}`);
  });
  return [...errors, ...validateApiVersion(reference?.apiVersion, `${path}.apiVersion`, rule)];
}

/** ValidateAPIVersion */
export function validateApiVersion(apiVersion = '', path: string, rule: ApiVersionRule): FieldError[] {
  if (rule === 'unchecked') return [];
  const parts = apiVersion.split('/');
  if (parts.length > 2) return [field.invalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const hasGroup = parts.length === 2 && parts[0] !== '';
  return rule === 'grouped' && !hasGroup ? [field.invalid(path, apiVersion, 'apiVersion must specify API group')] : [];
}
