import { int, uint } from '../values/arithmetic';
import { CelError } from '../values/cel-error';
import { sizeOf } from '../values/size';
import { Duration, floorDiv, parseDuration, parseTimestamp, Timestamp } from '../values/time';
import { TypeValue } from '../values/type-value';
import { Uint } from '../values/uint';
import type { Value } from '../values/value';
import { typeName } from '../values/value-type';
import { formatDouble } from './format-double';
import { declare, Library } from './library';
import { matchesPattern } from './regex-cache';

function parseInteger(text: string, to: 'int' | 'uint'): bigint {
  const name = to === 'int' ? 'ParseInt' : 'ParseUint';
  const shape = to === 'int' ? /^[+-]?\d+$/ : /^\d+$/;
  if (!shape.test(text)) throw new CelError(`strconv.${name}: parsing ${JSON.stringify(text)}: invalid syntax`);
  return BigInt(text.replace(/^\+/, ''));
}

function truncated(value: number): bigint {
  if (!Number.isFinite(value)) throw new CelError('integer overflow');
  return BigInt(Math.trunc(value));
}

/** The bounds themselves are refused: a double that close has lost the digits that would tell. */
function intOfDouble(value: number): bigint {
  if (!(value > -(2 ** 63) && value < 2 ** 63)) throw new CelError('integer overflow');
  return truncated(value);
}

function parseDouble(text: string): number {
  if (/^[+-]?(?:inf|infinity)$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^[+-]?nan$/i.test(text)) return Number.NaN;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) {
    throw new CelError(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

const trueTexts = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const falseTexts = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

function parseBool(text: string): boolean {
  if (trueTexts.has(text)) return true;
  if (falseTexts.has(text)) return false;
  throw new CelError(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new CelError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

const same = <T extends Value>(value: T): T => value;
const size = (value: Value): bigint => BigInt(sizeOf(value) ?? 0);

const sized = ['string', 'bytes', 'list(A)', 'map(A, B)'];
const ordered = ['bool', 'int', 'uint', 'double', 'string', 'bytes', 'timestamp', 'duration'];
const numbers = ['int', 'uint', 'double'];

/** Pairs of different number types may be compared by order, though not added. */
const comparable = [
  ...ordered.map((type) => [type, type]),
  ...numbers.flatMap((left) => numbers.filter((right) => right !== left).map((right) => [left, right])),
];

/** Operators are compiled apart (evaluate/operators); here stands what they may be applied to. */
const operator = (signature: string) => declare(signature, () => null);

const operators = [
  ...['_==_', '_!=_'].map((name) => operator(`${name}(A, A): bool`)),
  ...['_<_', '_<=_', '_>_', '_>=_'].flatMap((name) =>
    comparable.map(([left, right]) => operator(`${name}(${left}, ${right}): bool`)),
  ),
  ...['_&&_', '_||_'].map((name) => operator(`${name}(bool, bool): bool`)),
  operator('!_(bool): bool'),
  operator('_?_:_(bool, A, A): A'),
  operator('@in(A, list(A)): bool'),
  operator('@in(A, map(A, B)): bool'),
  operator('_[_](list(A), int): A'),
  operator('_[_](map(A, B), A): B'),
  operator('_[_](optional(list(A)), int): optional(A)'),
  operator('_[_](optional(map(A, B)), A): optional(B)'),
  operator('_[?_](list(A), int): optional(A)'),
  operator('_[?_](map(A, B), A): optional(B)'),
  operator('_[?_](optional(list(A)), int): optional(A)'),
  operator('_[?_](optional(map(A, B)), A): optional(B)'),
  operator('-_(int): int'),
  operator('-_(double): double'),
  ...['_*_', '_/_', '_-_', '_+_'].flatMap((name) =>
    numbers.map((type) => operator(`${name}(${type}, ${type}): ${type}`)),
  ),
  ...['int', 'uint'].map((type) => operator(`_%_(${type}, ${type}): ${type}`)),
  ...['string', 'bytes', 'list(A)', 'duration'].map((type) => operator(`_+_(${type}, ${type}): ${type}`)),
  operator('_+_(duration, timestamp): timestamp'),
  operator('_+_(timestamp, duration): timestamp'),
  operator('_-_(timestamp, timestamp): duration'),
  operator('_-_(timestamp, duration): timestamp'),
  operator('_-_(duration, duration): duration'),
];

const seconds = (nanos: bigint): bigint => floorDiv(nanos, 1_000_000_000n);

const conversions = [
  declare('bool(bool): bool', same),
  declare('bool(string): bool', parseBool),
  declare('bytes(bytes): bytes', same),
  declare('bytes(string): bytes', (text: string) => Buffer.from(text)),
  declare('double(double): double', same),
  declare('double(int): double', (value: bigint) => Number(value)),
  declare('double(uint): double', ({ value }: Uint) => Number(value)),
  declare('double(string): double', parseDouble),
  declare('dyn(A): dyn', same),
  declare('duration(duration): duration', same),
  declare('duration(string): duration', parseDuration),
  declare('int(int): int', same),
  declare('int(uint): int', ({ value }: Uint) => int(value)),
  declare('int(double): int', intOfDouble),
  declare('int(string): int', (text: string) => int(parseInteger(text, 'int'))),
  declare('int(timestamp): int', ({ nanos }: Timestamp) => seconds(nanos)),
  declare('int(duration): int', ({ nanos }: Duration) => nanos),
  declare('string(string): string', same),
  declare('string(bool): string', String),
  declare('string(int): string', String),
  declare('string(uint): string', ({ value }: Uint) => String(value)),
  declare('string(double): string', formatDouble),
  declare('string(bytes): string', decode),
  declare('string(timestamp): string', String),
  declare('string(duration): string', String),
  declare('timestamp(timestamp): timestamp', same),
  declare('timestamp(string): timestamp', parseTimestamp),
  declare('timestamp(int): timestamp', (value: bigint) => new Timestamp(value * 1_000_000_000n)),
  declare('type(A): type(A)', (value: Value) => new TypeValue(typeName(value))),
  declare('uint(uint): uint', same),
  declare('uint(int): uint', (value: bigint) => uint(value)),
  declare('uint(double): uint', (value: number) => uint(value < 2 ** 64 ? truncated(value) : -1n)),
  declare('uint(string): uint', (text: string) => uint(parseInteger(text, 'uint'))),
];

const strings = [
  declare('string.contains(string): bool', (text: string, part: string) => text.includes(part)),
  declare('string.startsWith(string): bool', (text: string, part: string) => text.startsWith(part)),
  declare('string.endsWith(string): bool', (text: string, part: string) => text.endsWith(part)),
  declare('string.matches(string): bool', matchesPattern),
  declare('matches(string, string): bool', matchesPattern),
];

/** CEL's own functions and operators. */
export const standardLibrary: Library = {
  functions: [
    ...operators,
    ...conversions,
    ...strings,
    ...sized.flatMap((type) => [declare(`size(${type}): int`, size), declare(`${type}.size(): int`, size)]),
  ],
};
