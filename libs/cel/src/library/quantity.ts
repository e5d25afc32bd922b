import {
  addQuantities,
  compareQuantities,
  parseQuantity,
  Quantity,
  subtractQuantities,
  tryParseQuantity,
} from '@nestor/formats';
import { CelError } from '../values/cel-error';
import { OpaqueValue } from '../values/opaque';
import { declare, Library } from './library';

const NANO = 1_000_000_000n;
const MAX_INT = 2n ** 63n - 1n;

export class QuantityValue extends OpaqueValue {
  readonly typeName = 'kubernetes.Quantity';
  constructor(readonly quantity: Quantity) {
    super();
  }
  equals(other: OpaqueValue): boolean {
    return other instanceof QuantityValue && compareQuantities(this.quantity, other.quantity) === 0;
  }
}

function parse(text: string): QuantityValue {
  try {
    return new QuantityValue(parseQuantity(text));
  } catch (error) {
    throw new CelError((error as Error).message, { cause: error });
  }
}

const compared = (a: QuantityValue, b: QuantityValue): number => compareQuantities(a.quantity, b.quantity);
const whole = (value: bigint): Quantity => ({ nanos: value * NANO, format: 'DecimalSI' });

const isInteger = ({ quantity: { nanos } }: QuantityValue): boolean =>
  nanos % NANO === 0n && nanos / NANO <= MAX_INT && nanos / NANO >= -MAX_INT - 1n;

function asInteger(value: QuantityValue): bigint {
  if (!isInteger(value)) throw new CelError('cannot convert value to integer');
  return value.quantity.nanos / NANO;
}

const sign = ({ quantity: { nanos } }: QuantityValue): bigint => (nanos < 0n ? -1n : nanos > 0n ? 1n : 0n);
const asFloat = ({ quantity: { nanos } }: QuantityValue): number => Number(nanos) / 1e9;

const type = 'kubernetes.Quantity';

/** Kubernetes' quantity library. */
export const quantityLibrary: Library = {
  types: [type],
  functions: [
    declare(`quantity(string): ${type}`, parse),
    declare('isQuantity(string): bool', (text: string) => tryParseQuantity(text) !== undefined),
    declare(`${type}.sign(): int`, sign),
    declare(`${type}.isGreaterThan(${type}): bool`, (a: QuantityValue, b: QuantityValue) => compared(a, b) > 0),
    declare(`${type}.isLessThan(${type}): bool`, (a: QuantityValue, b: QuantityValue) => compared(a, b) < 0),
    declare(`${type}.compareTo(${type}): int`, (a: QuantityValue, b: QuantityValue) => BigInt(compared(a, b))),
    declare(`${type}.asInteger(): int`, asInteger),
    declare(`${type}.isInteger(): bool`, isInteger),
    declare(`${type}.asApproximateFloat(): double`, asFloat),
    declare(
      `${type}.add(${type}): ${type}`,
      (a: QuantityValue, b: QuantityValue) => new QuantityValue(addQuantities(a.quantity, b.quantity)),
    ),
    declare(
      `${type}.add(int): ${type}`,
      (a: QuantityValue, b: bigint) => new QuantityValue(addQuantities(a.quantity, whole(b))),
    ),
    declare(
      `${type}.sub(${type}): ${type}`,
      (a: QuantityValue, b: QuantityValue) => new QuantityValue(subtractQuantities(a.quantity, b.quantity)),
    ),
    declare(
      `${type}.sub(int): ${type}`,
      (a: QuantityValue, b: bigint) => new QuantityValue(subtractQuantities(a.quantity, whole(b))),
    ),
  ],
};
