import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import { semanticEqual } from '../meta/semantic-equal';

/** 1 MiB: the limit of a ConfigMap's and a Secret's data together. */
export const maxDataSize = 1024 * 1024;

/** What the immutable flag of ConfigMaps and Secrets forbids once it is set. */
export function immutableDataErrors<T extends { immutable?: boolean }>(
  object: T,
  old: Readonly<T>,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  const message = 'field is immutable when `immutable` is set';
  return [
    ...(object.immutable === true ? [] : [field.forbidden('immutable', message)]),
    ...fields.filter((name) => !semanticEqual(object[name], old[name])).map((name) => field.forbidden(name, message)),
  ];
}
