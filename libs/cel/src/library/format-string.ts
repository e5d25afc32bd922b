import { CelError } from '../values/cel-error';
import { CelList } from '../values/list';
import { CelMap, KeyValue } from '../values/map';
import { Duration, Timestamp } from '../values/time';
import { TypeValue } from '../values/type-value';
import { Uint } from '../values/uint';
import type { Value } from '../values/value';
import { typeName } from '../values/value-type';
import { formatDouble } from './format-double';

const clause = /%(?:\.(\d+))?(.)?/gs;
const MAX_PRECISION = 1000;

/** "%s has %d".format([...]): %s, %d, %f, %e, %b, %o, %x, %X and %%. */
export function formatString(format: string, values: CelList): string {
  let next = 0;
  return format.replace(clause, (_, precisionText: string | undefined, verb: string | undefined) => {
    if (verb === '%' && precisionText === undefined) return '%';
    if (verb === undefined) throw new CelError('unexpected end of string');
    if (next >= values.size) throw new CelError(`index ${next} out of range`);
    const value = values.at(next++);
    const precision = Number(precisionText ?? 6);
    if (precision > MAX_PRECISION) throw new CelError(`precision ${precision} is too large`);
    return formatOne(verb, value, precision);
  });
}

function formatOne(verb: string, value: Value, precision: number): string {
  switch (verb) {
    case 's':
      return textOf(value);
    case 'd':
      return decimal(value);
    case 'f':
      return special(floating(value)) ?? floating(value).toFixed(Math.min(precision, 100));
    case 'e':
      return special(floating(value)) ?? exponent(floating(value), precision);
    case 'b':
      return typeof value === 'boolean' ? String(Number(value)) : integer(value, 'binary').toString(2);
    case 'o':
      return integer(value, 'octal').toString(8);
    case 'x':
      return hexadecimal(value);
    case 'X':
      return hexadecimal(value).toUpperCase();
    default:
      throw new CelError(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
}

const wrongType = (clauses: string, value: Value): CelError =>
  new CelError(
    `error during formatting: ${clauses} clause can only be used on ${allowed[clauses]}, was given ${typeName(value)}`,
  );

const allowed: Readonly<Record<string, string>> = {
  decimal: 'integers',
  'fixed-point': 'doubles',
  binary: 'integers and bools',
  octal: 'integers',
  hex: 'integers, byte buffers, and strings',
};

function integer(value: Value, clauses: string): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof Uint) return value.value;
  throw wrongType(clauses, value);
}

function decimal(value: Value): string {
  if (typeof value === 'number') return special(value) ?? formatDouble(value);
  return String(integer(value, 'decimal'));
}

function floating(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint) return Number(value.value);
  if (typeof value === 'string' && /^(?:NaN|-?Infinity)$/.test(value)) return Number(value);
  throw wrongType('fixed-point', value);
}

const special = (value: number): string | undefined =>
  Number.isNaN(value) ? 'NaN' : Number.isFinite(value) ? undefined : value > 0 ? 'Infinity' : '-Infinity';

const exponent = (value: number, precision: number): string =>
  value.toExponential(Math.min(precision, 100)).replace(/e([+-])(\d)$/, 'e$10$2');

function hexadecimal(value: Value): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return integer(value, 'hex').toString(16);
}

function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return special(value) ?? formatDouble(value);
  if (value === null || typeof value !== 'object') return String(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Timestamp || value instanceof Duration) return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof TypeValue) return value.name;
  if (value instanceof CelList) return `[${[...value].map(textOf).join(', ')}]`;
  if (value instanceof CelMap) return mapText(value);
  throw new CelError(
    `error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${typeName(value)}`,
  );
}

/** Entries in the order of their keys' text. */
function mapText(map: CelMap): string {
  const entries = [...map.keys()].map((key: KeyValue) => `${textOf(key)}: ${textOf(map.get(key) as Value)}`);
  return `{${entries.sort().join(', ')}}`;
}
