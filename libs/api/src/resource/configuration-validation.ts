import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { DeviceClass } from '../meta/json-types';
import { limits } from './limits';
import { validateDriverName } from './name-validation';

type Configuration = NonNullable<DeviceClass['spec']['config']>[number];

/** What a driver alone understands: a JSON object of limited size. */
export function validateRawObject(value: unknown, path: string, maxLength: number): FieldError[] {
  if (value === undefined || value === null) return [field.required(path)];
  if (JSON.stringify(value).length > maxLength) return [field.tooLong(path, maxLength)];
  return typeof value === 'object' && !Array.isArray(value)
    ? []
    : [field.invalid(path, '<value omitted>', 'must be a valid JSON object')];
}

export function validateConfiguration({ opaque }: Configuration, path: string): FieldError[] {
  const at = `${path}.opaque`;
  if (!opaque) return [field.required(at)];
  return [
    ...validateDriverName(opaque.driver, `${at}.driver`),
    ...validateRawObject(opaque.parameters, `${at}.parameters`, limits.parametersLength),
  ];
}
