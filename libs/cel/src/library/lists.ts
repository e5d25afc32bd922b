import { add } from '../values/arithmetic';
import { CelError } from '../values/cel-error';
import { compare } from '../values/compare';
import { equals } from '../values/equality';
import { CelList } from '../values/list';
import { Duration } from '../values/time';
import { Uint } from '../values/uint';
import type { Value } from '../values/value';
import { declare, Library } from './library';

const ordered = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'];
const nothing: Readonly<Record<string, Value>> = { int: 0n, uint: new Uint(0n), double: 0, duration: new Duration(0n) };

function isSorted(list: CelList): boolean {
  for (let index = 1; index < list.size; index += 1) if (compare(list.at(index - 1), list.at(index)) > 0) return false;
  return true;
}

const sum =
  (none: Value) =>
  (list: CelList): Value => {
    let total: Value | undefined;
    for (const one of list) total = total === undefined ? one : add(total, one);
    return total ?? none;
  };

const extreme =
  (name: 'min' | 'max', sign: -1 | 1) =>
  (list: CelList): Value => {
    if (list.size === 0) throw new CelError(`${name} called on empty list`);
    let found = list.at(0);
    for (const one of list) if (compare(one, found) * sign > 0) found = one;
    return found;
  };

function indexOf(list: CelList, wanted: Value): bigint {
  for (let index = 0; index < list.size; index += 1) if (equals(list.at(index), wanted)) return BigInt(index);
  return -1n;
}

function lastIndexOf(list: CelList, wanted: Value): bigint {
  for (let index = list.size - 1; index >= 0; index -= 1) if (equals(list.at(index), wanted)) return BigInt(index);
  return -1n;
}

/** Kubernetes' list library. */
export const listsLibrary: Library = {
  functions: [
    ...ordered.flatMap((type) => [
      declare(`list(${type}).isSorted(): bool`, isSorted),
      declare(`list(${type}).min(): ${type}`, extreme('min', -1)),
      declare(`list(${type}).max(): ${type}`, extreme('max', 1)),
    ]),
    ...Object.entries(nothing).map(([type, none]) => declare(`list(${type}).sum(): ${type}`, sum(none))),
    declare('list(T).indexOf(T): int', indexOf),
    declare('list(T).lastIndexOf(T): int', lastIndexOf),
  ],
};
