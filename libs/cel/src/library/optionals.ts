import { CelError } from '../values/cel-error';
import { CelList, ValueList } from '../values/list';
import { Optional } from '../values/optional';
import { sizeOf } from '../values/size';
import { Duration } from '../values/time';
import { Uint } from '../values/uint';
import type { Value } from '../values/value';
import { declare, Library } from './library';

function isZero(value: Value): boolean {
  if (value === null || value === false || value === 0n || value === 0) return true;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Duration) return value.nanos === 0n;
  return sizeOf(value) === 0;
}

function valueOf({ value }: Optional): Value {
  if (value === undefined) throw new CelError('optional.none() dereference');
  return value;
}

function unwrap(list: CelList): ValueList {
  const held: Value[] = [];
  for (const one of list) if (one instanceof Optional && one.value !== undefined) held.push(one.value);
  return new ValueList(held);
}

/** cel-go's optional types. */
export const optionalsLibrary: Library = {
  functions: [
    declare('optional.of(V): optional(V)', (value: Value) => Optional.of(value)),
    declare('optional.ofNonZeroValue(V): optional(V)', (value: Value) =>
      isZero(value) ? Optional.none : Optional.of(value),
    ),
    declare('optional.none(): optional(V)', () => Optional.none),
    declare('optional(V).hasValue(): bool', ({ value }: Optional) => value !== undefined),
    declare('optional(V).value(): V', valueOf),
    declare('optional(V).or(optional(V)): optional(V)', (a: Optional, b: Optional) => (a.value === undefined ? b : a)),
    declare('optional(V).orValue(V): V', ({ value }: Optional, otherwise: Value) =>
      value === undefined ? otherwise : value,
    ),
    declare('optional.unwrap(list(optional(V))): list(V)', unwrap),
    declare('list(optional(V)).unwrapOpt(): list(V)', unwrap),
    declare('list(V).first(): optional(V)', (list: CelList) => (list.size ? Optional.of(list.at(0)) : Optional.none)),
    declare('list(V).last(): optional(V)', (list: CelList) =>
      list.size ? Optional.of(list.at(list.size - 1)) : Optional.none,
    ),
  ],
};
