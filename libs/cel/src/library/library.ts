import { Overload, parseSignature } from '../types/signature';
import type { Value } from '../values/value';

/** A function as it is called; which arguments it gets is known to fit the overload. */
export type Implementation = (...args: never[]) => Value;

export interface Declared extends Overload {
  readonly call: Implementation;
}

/** One overload: how it is written, what it does, and cel-go's name of it where costs ask for it. */
export function declare(signature: string, call: Implementation, id?: string): Declared {
  return { ...parseSignature(signature, id), call };
}

export interface Library {
  readonly functions: readonly Declared[];
  /** Names that stand for types: type(x) == net.IP. */
  readonly types?: readonly string[];
}
