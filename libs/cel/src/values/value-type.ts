import type { CelType } from '../types/cel-type';
import { CelList } from './list';
import { CelMap } from './map';
import { OpaqueValue } from './opaque';
import { Optional } from './optional';
import { Duration, Timestamp } from './time';
import { TypeValue } from './type-value';
import { Uint } from './uint';
import type { Value } from './value';

/** The name of a value's type, as type() tells it. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    default:
      return value === null ? 'null_type' : objectTypeName(value);
  }
}

function objectTypeName(value: Exclude<Value, null | string | boolean | bigint | number>): string {
  if (value instanceof CelMap) return value.typeName ?? 'map';
  if (value instanceof CelList) return 'list';
  if (value instanceof Uint) return 'uint';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp';
  if (value instanceof Duration) return 'google.protobuf.Duration';
  if (value instanceof TypeValue) return 'type';
  return value instanceof Optional ? 'optional_type' : value.typeName;
}

/** Whether a value may be an argument of the declared type, by its outermost kind. */
export function fits(value: Value, { kind, name }: CelType): boolean {
  switch (kind) {
    case 'dyn':
    case 'param':
    case 'error':
      return true;
    case 'map':
      return value instanceof CelMap;
    case 'object':
      return value instanceof CelMap && (value.typeName === undefined || value.typeName === name);
    case 'list':
      return value instanceof CelList;
    case 'opaque':
      return value instanceof OpaqueValue && value.typeName === name;
    case 'optional':
      return value instanceof Optional;
    default:
      return typeName(value) === kind;
  }
}
