import { CelList } from './list';
import { CelMap } from './map';
import { OpaqueValue } from './opaque';
import { Optional } from './optional';
import { Duration, Timestamp } from './time';
import { TypeValue } from './type-value';
import { Uint } from './uint';
import type { Value } from './value';

/** CEL's equality: numbers of all types by their worth, containers by what they hold; other types differ. */
export function equals(a: Value, b: Value): boolean {
  if (typeof a !== 'object' || a === null) return a === b || equalNumbers(a, b);
  if (typeof b !== 'object' || b === null) return equalNumbers(a, b);
  if (a instanceof CelList) return b instanceof CelList && equalLists(a, b);
  if (a instanceof CelMap) return b instanceof CelMap && equalMaps(a, b);
  if (a instanceof Uint) return b instanceof Uint && a.value === b.value;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name;
  if (a instanceof Optional) return b instanceof Optional && equalOptionals(a, b);
  return b instanceof OpaqueValue && a.typeName === b.typeName && a.equals(b);
}

/** An integer or a double as JavaScript compares them exactly; undefined for anything else. */
export function numeric(value: Value): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof Uint ? value.value : undefined;
}

function equalNumbers(a: Value, b: Value): boolean {
  const left = numeric(a);
  const right = numeric(b);
  // eslint-disable-next-line eqeqeq -- bigint and number compare by worth only loosely
  return left !== undefined && right !== undefined && left == right;
}

function equalOptionals(a: Optional, b: Optional): boolean {
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return equals(a.value, b.value);
}

function equalLists(a: CelList, b: CelList): boolean {
  if (a.size !== b.size) return false;
  if (a.listType === 'set') return everyOf(a, (one) => someOf(b, (other) => equals(one, other)));
  if (a.listType === 'map') {
    const keys = a.mapKeys ?? [];
    return everyOf(a, (one) => someOf(b, (other) => sameKeys(one, other, keys) && equals(one, other)));
  }
  for (let index = 0; index < a.size; index += 1) if (!equals(a.at(index), b.at(index))) return false;
  return true;
}

export function sameKeys(a: Value, b: Value, keys: readonly string[]): boolean {
  return keys.every((key) => {
    const left = a instanceof CelMap ? a.get(key) : undefined;
    const right = b instanceof CelMap ? b.get(key) : undefined;
    return left === undefined || right === undefined ? left === right : equals(left, right);
  });
}

function everyOf(list: CelList, test: (value: Value) => boolean): boolean {
  for (const value of list) if (!test(value)) return false;
  return true;
}

export function someOf(list: CelList, test: (value: Value) => boolean): boolean {
  for (let index = 0; index < list.size; index += 1) if (test(list.at(index))) return true;
  return false;
}

function equalMaps(a: CelMap, b: CelMap): boolean {
  if (a.size !== b.size || (a.typeName ?? '') !== (b.typeName ?? '')) return false;
  for (const key of a.keys()) {
    const left = a.get(key);
    const right = b.get(key);
    if (left === undefined || right === undefined || !equals(left, right)) return false;
  }
  return true;
}
