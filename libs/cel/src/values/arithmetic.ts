import { CelError, noSuchOverload } from './cel-error';
import { sameKeys, equals, someOf } from './equality';
import { CelList, ValueList } from './list';
import { Duration, Timestamp } from './time';
import { Uint } from './uint';
import type { Value } from './value';

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);
const MAX_UINT = 2n ** 64n - 1n;

export function int(value: bigint): bigint {
  if (value > MAX_INT || value < MIN_INT) throw new CelError('integer overflow');
  return value;
}

export function uint(value: bigint): Uint {
  if (value > MAX_UINT || value < 0n) throw new CelError('unsigned integer overflow');
  return new Uint(value);
}

export function add(a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int(a + b);
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (a instanceof Uint && b instanceof Uint) return uint(a.value + b.value);
  if (a instanceof CelList && b instanceof CelList) return concat(a, b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.concat([a, b]);
  if (a instanceof Duration) {
    if (b instanceof Duration) return new Duration(a.nanos + b.nanos);
    if (b instanceof Timestamp) return new Timestamp(a.nanos + b.nanos);
  }
  if (a instanceof Timestamp && b instanceof Duration) return new Timestamp(a.nanos + b.nanos);
  throw noSuchOverload();
}

/** Sets are united; of two elements with the same keys the right one stands, at the left one's place. */
function concat(a: CelList, b: CelList): CelList {
  const type = a.listType ?? b.listType;
  if (type === undefined) return new ValueList([...a, ...b]);
  if (type === 'set') {
    const united = [...a];
    for (const one of b) if (!someOf(a, (held) => equals(held, one))) united.push(one);
    return new ValueList(united, 'set');
  }
  const keys = a.mapKeys ?? b.mapKeys ?? [];
  const united = [...a];
  for (const one of b) {
    const at = united.findIndex((held) => sameKeys(held, one, keys));
    if (at < 0) united.push(one);
    else united[at] = one;
  }
  return new ValueList(united, 'map', keys);
}

export function subtract(a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int(a - b);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (a instanceof Uint && b instanceof Uint) return uint(a.value - b.value);
  if (a instanceof Timestamp) {
    if (b instanceof Timestamp) return new Duration(a.nanos - b.nanos);
    if (b instanceof Duration) return new Timestamp(a.nanos - b.nanos);
  }
  if (a instanceof Duration && b instanceof Duration) return new Duration(a.nanos - b.nanos);
  throw noSuchOverload();
}

export function multiply(a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int(a * b);
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (a instanceof Uint && b instanceof Uint) return uint(a.value * b.value);
  throw noSuchOverload();
}

export function divide(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') return a / b;
  const [left, right] = integers(a, b);
  if (right === 0n) throw new CelError('division by zero');
  return typeof a === 'bigint' ? int(left / right) : uint(left / right);
}

export function modulo(a: Value, b: Value): Value {
  const [left, right] = integers(a, b);
  if (right === 0n) throw new CelError('modulus by zero');
  if (left === MIN_INT && right === -1n) throw new CelError('integer overflow');
  return typeof a === 'bigint' ? left % right : uint(left % right);
}

function integers(a: Value, b: Value): [bigint, bigint] {
  if (typeof a === 'bigint' && typeof b === 'bigint') return [a, b];
  if (a instanceof Uint && b instanceof Uint) return [a.value, b.value];
  throw noSuchOverload();
}

export function negate(a: Value): Value {
  if (typeof a === 'bigint') return int(-a);
  if (typeof a === 'number') return -a;
  throw noSuchOverload();
}
