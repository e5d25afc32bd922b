import { CelType, DYN, firstParam, secondParam } from '../types/cel-type';
import { CelError } from './cel-error';
import { CelList, JsonList } from './list';
import { CelMap, JsonMap, JsonObject } from './map';
import { OpaqueValue } from './opaque';
import { Optional } from './optional';
import { Duration, parseDuration, parseTimestamp, Timestamp } from './time';
import { TypeValue } from './type-value';
import { Uint } from './uint';
import type { Value } from './value';

/** JSON as a value of the declared type; what is a value already stays what it is. */
export function adapt(json: unknown, type: CelType): Value {
  if (json === null || json === undefined) return null;
  switch (typeof json) {
    case 'string':
      return adaptString(json, type);
    case 'number':
      return adaptNumber(json, type);
    case 'boolean':
    case 'bigint':
      return json;
    default:
      return adaptContainer(json, type);
  }
}

function adaptString(json: string, { kind }: CelType): Value {
  switch (kind) {
    case 'google.protobuf.Timestamp':
      return parseTimestamp(json);
    case 'google.protobuf.Duration':
      return parseDuration(json);
    case 'bytes':
      return Buffer.from(json, 'base64');
    default:
      return json;
  }
}

function adaptNumber(json: number, { kind }: CelType): Value {
  if (kind === 'double' || !Number.isInteger(json)) return json;
  return kind === 'uint' ? new Uint(BigInt(json)) : BigInt(json);
}

function adaptContainer(json: object, type: CelType): Value {
  if (Array.isArray(json)) return new JsonList(json, type.kind === 'list' ? firstParam(type) : DYN, type);
  if (isValue(json)) return json;
  if (type.kind === 'object') return new JsonObject(json as Record<string, unknown>, type);
  return new JsonMap(json as Record<string, unknown>, type.kind === 'map' ? secondParam(type) : DYN);
}

/** The class list is read when asked, since lists and maps are adapted by this very file. */
function isValue(candidate: object): candidate is Exclude<Value, null | string | number | bigint | boolean> {
  return (
    candidate instanceof CelMap ||
    candidate instanceof CelList ||
    candidate instanceof Optional ||
    candidate instanceof OpaqueValue ||
    candidate instanceof Timestamp ||
    candidate instanceof Duration ||
    candidate instanceof Uint ||
    candidate instanceof TypeValue ||
    candidate instanceof Uint8Array
  );
}

/** A value as JSON: what a message, a patch or an annotation is made of. */
export function toJson(value: Value): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint) return Number(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Timestamp || value instanceof Duration) return value.toString();
  if (value instanceof JsonList || value instanceof JsonMap || value instanceof JsonObject) return value.json;
  if (value instanceof CelList) return [...value].map(toJson);
  if (value instanceof CelMap) return mapToJson(value);
  if (value instanceof Optional) return value.value === undefined ? null : toJson(value.value);
  if (value instanceof TypeValue) return value.name;
  throw new CelError(`unsupported conversion to JSON: ${value.typeName}`);
}

function mapToJson(map: CelMap): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const key of map.keys()) {
    const held = map.get(key);
    const name = key instanceof Uint ? String(key.value) : String(key);
    if (held !== undefined)
      Object.defineProperty(json, name, { value: toJson(held), enumerable: true, writable: true, configurable: true });
  }
  return json;
}
