import { noSuchOverload } from './cel-error';
import { numeric } from './equality';
import { Duration, Timestamp } from './time';
import type { Value } from './value';

/** Below, at or above nought; NaN where a double is none. Values that have no order are no overload. */
export function compare(a: Value, b: Value): number {
  const left = numeric(a);
  if (left !== undefined) {
    const right = numeric(b);
    if (right === undefined) throw noSuchOverload();
    if (Number.isNaN(left) || Number.isNaN(right)) return Number.NaN;
    return left < right ? -1 : left > right ? 1 : 0;
  }
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Timestamp && b instanceof Timestamp) return order(a.nanos, b.nanos);
  if (a instanceof Duration && b instanceof Duration) return order(a.nanos, b.nanos);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  throw noSuchOverload();
}

const order = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** By UTF-8 bytes as Go does, which is by code points; UTF-16 differs where surrogates stand. */
function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) {
      const leftHigh = left >= 0xd800 && left < 0xe000;
      const rightHigh = right >= 0xd800 && right < 0xe000;
      return leftHigh === rightHigh ? left - right : leftHigh ? 1 : -1;
    }
  }
  return a.length - b.length;
}
