/**
 * resource.Quantity of apimachinery: fixed-point numbers with decimal, binary or exponent suffixes.
 * The value is kept exactly, as a bigint count of nano units.
 */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

export interface Quantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

export class QuantityError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'QuantityError';
  }
}

export const quantityFormatError =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const numericError = 'unable to parse numeric part of quantity';
const suffixError = "unable to parse quantity's suffix";

const nano = 1_000_000_000n;
const milli = 1_000_000n;
const maxInt64 = (1n << 63n) - 1n;
const shape = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const decimalSuffixes: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const decimalByExponent = new Map(Object.entries(decimalSuffixes).map(([suffix, exponent]) => [exponent, suffix]));
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

interface Suffix {
  base: 2 | 10;
  exponent: number;
  format: QuantityFormat;
}

function parseSuffix(text: string): Suffix {
  const decimal = decimalSuffixes[text];
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: 'DecimalSI' };
  const binary = binarySuffixes.indexOf(text);
  if (binary > 0) return { base: 2, exponent: binary * 10, format: 'BinarySI' };
  const exponent = /^[eE]([-+]?[0-9]+)$/.exec(text);
  // Exponents beyond any use would only make huge bigints.
  if (!exponent || Math.abs(Number(exponent[1])) > 1000) throw new QuantityError(suffixError);
  return { base: 10, exponent: Number(exponent[1]), format: 'DecimalExponent' };
}

/** Division that rounds away from zero: whoever asked for some gets some. */
function divideUp(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  if (value % by === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

/** Throws QuantityError with the message of ParseQuantity. */
export function parseQuantity(text: string | number): Quantity {
  const match = shape.exec(String(text));
  if (!match || text === '') throw new QuantityError(quantityFormatError);
  const [, sign = '', whole = '', fraction = '', suffixText = ''] = match;
  if (whole === '' && fraction === '')
    throw new QuantityError(/[0-9.]/.test(String(text)) ? numericError : quantityFormatError);
  const suffix = parseSuffix(suffixText);
  const digits = BigInt(whole + fraction) * nano;
  const scale = 10n ** BigInt(fraction.length);
  let nanos: bigint;
  if (suffix.base === 2) nanos = divideUp(digits << BigInt(suffix.exponent), scale);
  else if (suffix.exponent >= 0) nanos = divideUp(digits * 10n ** BigInt(suffix.exponent), scale);
  else nanos = divideUp(digits, scale * 10n ** BigInt(-suffix.exponent));
  // Only what does not fit the fast path of ParseQuantity is capped there; so here.
  if (nanos > maxInt64 * nano && (suffix.base === 2 || (whole + fraction).length > 18)) nanos = maxInt64 * nano;
  return { nanos: sign === '-' ? -nanos : nanos, format: suffix.format };
}

/** Undefined instead of a throw. */
export function tryParseQuantity(text: unknown): Quantity | undefined {
  if (typeof text !== 'string' && typeof text !== 'number') return undefined;
  try {
    return parseQuantity(text);
  } catch {
    return undefined;
  }
}

function formatDecimal(nanos: bigint, format: 'DecimalSI' | 'DecimalExponent'): string {
  let mantissa = nanos;
  let exponent = -9;
  while (mantissa % 10n === 0n) {
    mantissa /= 10n;
    exponent++;
  }
  while (exponent % 3 !== 0) {
    mantissa *= 10n;
    exponent--;
  }
  if (format === 'DecimalSI') {
    while (exponent > 18) {
      mantissa *= 1000n;
      exponent -= 3;
    }
    return `${mantissa}${decimalByExponent.get(exponent) ?? ''}`;
  }
  return exponent === 0 ? String(mantissa) : `${mantissa}e${exponent}`;
}

/** The canonical form: no precision lost, no fractional digits, the largest suffix possible. */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  const units = nanos / nano;
  const magnitude = units < 0n ? -units : units;
  if (format !== 'BinarySI') return formatDecimal(nanos, format);
  if (magnitude < 1024n || nanos % nano !== 0n) return formatDecimal(nanos, 'DecimalSI');
  let mantissa = units;
  let step = 0;
  while (mantissa % 1024n === 0n && step < binarySuffixes.length - 1) {
    mantissa /= 1024n;
    step++;
  }
  return `${mantissa}${binarySuffixes[step]}`;
}

export function compareQuantities(left: Quantity, right: Quantity): -1 | 0 | 1 {
  return left.nanos < right.nanos ? -1 : left.nanos > right.nanos ? 1 : 0;
}

/** The sum keeps the left format unless the left is zero, as Quantity.Add does. */
export function addQuantities(left: Quantity, right: Quantity): Quantity {
  return { nanos: left.nanos + right.nanos, format: left.nanos === 0n ? right.format : left.format };
}

export function subtractQuantities(left: Quantity, right: Quantity): Quantity {
  return { nanos: left.nanos - right.nanos, format: left.nanos === 0n ? right.format : left.format };
}

/** Quantity.RoundUp(resource.Milli): what the API does to every resource list. */
export function roundUpToMilli(quantity: Quantity): Quantity {
  return { nanos: divideUp(quantity.nanos, milli) * milli, format: quantity.format };
}

/** Quantity.MilliValue: thousandths, rounded up. Safe as a number up to nine quadrillion. */
export function milliValue(quantity: Quantity): number {
  return Number(divideUp(quantity.nanos, milli));
}
/** Quantity.Value: whole units, rounded up, exact. */
export function exactValue(quantity: Quantity): bigint {
  return divideUp(quantity.nanos, nano);
}
/** Quantity.Value as a number (bytes up to eight pebibytes are exact). */
export function wholeValue(quantity: Quantity): number {
  return Number(divideUp(quantity.nanos, nano));
}

export const zeroQuantity: Quantity = { nanos: 0n, format: 'DecimalSI' };
export const quantityOfMilli = (value: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity => ({
  nanos: BigInt(value) * milli,
  format,
});
export const quantityOf = (value: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity => ({
  nanos: BigInt(value) * nano,
  format,
});

// The same few texts ("100m", "128Mi") come again for every pod; parsing them once is most of the scheduler's cost.
const parsed = new Map<string, Quantity>();
const maxParsed = 4096;
/** parseQuantity remembered; for hot paths that see validated objects. Zero for absent or broken text. */
export function quantityFrom(text: string | number | undefined): Quantity {
  if (text === undefined) return zeroQuantity;
  const key = String(text);
  let quantity = parsed.get(key);
  if (quantity === undefined) {
    quantity = tryParseQuantity(key) ?? zeroQuantity;
    if (parsed.size >= maxParsed) parsed.clear();
    parsed.set(key, quantity);
  }
  return quantity;
}

/** Thousandths of a quantity's text, as the scheduler counts CPU. */
export const quantityMilliValue = (text: string | number | undefined): number => milliValue(quantityFrom(text));
/** Whole units of a quantity's text: bytes, counts. */
export const quantityValue = (text: string | number | undefined): number => wholeValue(quantityFrom(text));
