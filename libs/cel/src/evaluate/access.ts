import { CelError, noSuchKey, noSuchOverload } from '../values/cel-error';
import { CelList } from '../values/list';
import { CelMap } from '../values/map';
import { Optional } from '../values/optional';
import { Uint } from '../values/uint';
import type { Value } from '../values/value';
import type { Step } from './frame';

/** a.b; on an optional it gives an optional. */
export function select(operand: Step, field: string): Step {
  return (frame) => {
    const held = operand(frame);
    frame.charge(1);
    if (held instanceof CelMap) {
      const found = held.get(field);
      if (found === undefined) throw noSuchKey(field);
      return found;
    }
    if (held instanceof Optional) return optionalEntry(held, field);
    throw noSuchOverload();
  };
}

export function optionalSelect(operand: Step, field: string): Step {
  return (frame) => {
    const held = operand(frame);
    frame.charge(1);
    return optionalEntry(held, field);
  };
}

/** has(a.b) */
export function test(operand: Step, field: string): Step {
  return (frame) => {
    const held = operand(frame);
    if (held instanceof CelMap) return held.get(field) !== undefined;
    if (held instanceof Optional) return optionalEntry(held, field).value !== undefined;
    throw noSuchOverload();
  };
}

export function index(operand: Step, key: Step): Step {
  return (frame) => {
    const held = operand(frame);
    const at = key(frame);
    frame.charge(1);
    if (held instanceof Optional) return optionalEntry(held, at);
    const found = entry(held, at);
    if (found === undefined) throw held instanceof CelList ? outOfBounds(at) : noSuchKey(keyText(at));
    return found;
  };
}

export function optionalIndex(operand: Step, key: Step): Step {
  return (frame) => {
    const held = operand(frame);
    const at = key(frame);
    frame.charge(1);
    return optionalEntry(held, at);
  };
}

function optionalEntry(held: Value, key: Value): Optional {
  if (!(held instanceof Optional)) return Optional.of(entry(held, key));
  return held.value === undefined ? Optional.none : Optional.of(entry(held.value, key));
}

function entry(held: Value, key: Value): Value | undefined {
  if (held instanceof CelMap) return held.get(key);
  if (!(held instanceof CelList)) throw noSuchOverload();
  const at = listIndex(key);
  return at < 0 || at >= held.size ? undefined : held.at(at);
}

function listIndex(key: Value): number {
  if (typeof key === 'bigint') return Number(key);
  if (key instanceof Uint) return Number(key.value);
  if (typeof key === 'number' && Number.isInteger(key)) return key;
  throw new CelError(`unsupported index type in list: ${typeof key === 'number' ? 'double' : 'no integer'}`);
}

const outOfBounds = (key: Value): CelError => new CelError(`index out of bounds: ${listIndex(key)}`);
const keyText = (key: Value): string => (key instanceof Uint ? String(key.value) : String(key));
