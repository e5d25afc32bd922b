import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { DeepReadonly, DeviceRequest } from '../meta/json-types';
import { limits } from './limits';
import { validateSet } from './list-validation';
import { validateLabelName } from './name-validation';

/** The names of a claim's requests, each with those of its alternatives as "request/alternative". */
export function requestNamesOf(requests: readonly DeepReadonly<DeviceRequest>[] | undefined): ReadonlySet<string> {
  return new Set(
    (requests ?? []).flatMap(({ name, firstAvailable }) => [
      name,
      ...(firstAvailable ?? []).map((alternative) => `${name}/${alternative.name}`),
    ]),
  );
}

const unknownRequest =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

export function validateRequestReference(name: string, path: string, known: ReadonlySet<string>): FieldError[] {
  const segments = name.split('/');
  if (segments.length > 2) return [field.invalid(path, name, unknownRequest)];
  const errors = segments.flatMap((segment) => validateLabelName(segment, path));
  if (!known.has(name)) errors.push(field.invalid(path, name, unknownRequest));
  return errors;
}

export function validateRequestReferences(
  names: readonly string[] | undefined,
  path: string,
  known: ReadonlySet<string>,
): FieldError[] {
  return validateSet(names, limits.requests, path, {
    key: (name) => name,
    item: (name, at) => validateRequestReference(name, at, known),
  });
}
