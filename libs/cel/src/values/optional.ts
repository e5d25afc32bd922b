import type { Value } from './value';

/** A value, or none. */
export class Optional {
  static readonly none = new Optional(undefined);
  private constructor(readonly value: Value | undefined) {}

  static of(value: Value | undefined): Optional {
    return value === undefined ? Optional.none : new Optional(value);
  }
}
