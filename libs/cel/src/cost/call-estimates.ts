import type { Call } from '../syntax/ast';
import type { CelType } from '../types/cel-type';
import { exactly, plus, Range, scaled, times, unknownSize } from './range';

/** What is known of an argument: its type, its size and that of its elements. */
export interface Argument {
  readonly type: CelType;
  readonly size: Range;
  readonly element: Range;
}

export interface CallEstimate {
  readonly cost: Range;
  /** Size of the result, where it has one. */
  readonly size?: Range;
}

type Estimate = (args: readonly Argument[], call: Call) => CallEstimate;

const ONE = exactly(1);
const TRAVERSAL = 0.1;
const PATTERN = 0.25;

/** The cost of the call itself, without that of its arguments. */
export function callEstimate(call: Call, target: Argument | undefined, args: readonly Argument[]): CallEstimate {
  const all = target ? [target, ...args] : args;
  return estimates[call.qualified ?? call.function]?.(all, call) ?? { cost: ONE };
}

const sizeAt = (args: readonly Argument[], at: number): Range => args[at]?.size ?? unknownSize;
const isText = (argument: Argument | undefined): boolean =>
  argument?.type.kind === 'string' || argument?.type.kind === 'bytes';

const traversal =
  (at: number, factor = TRAVERSAL): Estimate =>
  (args) => ({ cost: scaled(sizeAt(args, at), factor) });

/** As traversal, and the result is no longer than the text. */
const transformed: Estimate = (args) => ({ cost: scaled(sizeAt(args, 0), TRAVERSAL), size: sizeAt(args, 0) });

function smallest(args: readonly Argument[]): CallEstimate {
  const max = Math.min(sizeAt(args, 0).max, sizeAt(args, 1).max);
  return { cost: scaled({ min: max > 0 ? 1 : 0, max }, TRAVERSAL) };
}

/** Only texts are compared piece by piece; numbers at once. */
const ordering: Estimate = (args) => (isText(args[0]) || isText(args[1]) ? smallest(args) : { cost: ONE });

const addition: Estimate = (args) => {
  const size = plus(sizeAt(args, 0), sizeAt(args, 1));
  if (isText(args[0]) || isText(args[1])) return { cost: scaled(size, TRAVERSAL), size };
  return args[0]?.type.kind === 'list' || args[1]?.type.kind === 'list' ? { cost: ONE, size } : { cost: ONE };
};

const containment: Estimate = (args) =>
  args[1]?.type.kind === 'map'
    ? { cost: ONE }
    : { cost: args[1]?.type.kind === 'list' ? sizeAt(args, 1) : unknownSize };

const patternCost = (args: readonly Argument[]): Range =>
  times(scaled(plus(sizeAt(args, 0), ONE), TRAVERSAL), scaled(sizeAt(args, 1), PATTERN));

const found: Estimate = (args) => ({ cost: patternCost(args), size: { min: 0, max: sizeAt(args, 0).max } });

/** One for each element; texts are traversed too. On a string, indexOf traverses that. */
const overList: Estimate = ([list]) => {
  if (!list || list.type.kind !== 'list') return { cost: scaled(list?.size ?? unknownSize, TRAVERSAL) };
  const element = list.type.params[0]?.kind;
  const each = element === 'string' || element === 'bytes' ? plus(ONE, scaled(list.element, TRAVERSAL)) : ONE;
  return { cost: times(list.size, each) };
};

const joined: Estimate = (args) => {
  const [list] = args;
  const count = list?.size ?? unknownSize;
  const gaps = { min: Math.max(0, count.min - 1), max: Math.max(0, count.max - 1) };
  const size = plus(times(count, list?.element ?? unknownSize), args[1] ? times(args[1].size, gaps) : exactly(0));
  return { cost: scaled(size, TRAVERSAL), size };
};

/** The longest and shortest that replacing may make of a text. */
const replaced: Estimate = (args) => {
  const [text, from, to] = [sizeAt(args, 0), sizeAt(args, 1), sizeAt(args, 2)];
  const size = plus(times(replacements(text, from, to), to), retained(text, from, to));
  return { cost: scaled(text, 2 * TRAVERSAL), size };
};

function replacements(text: Range, from: Range, to: Range): Range {
  const max = from.min === 0 ? text.max + 1 : to.max <= from.min ? 0 : Math.ceil(text.max / from.min);
  const min = from.max === 0 ? text.min + 1 : from.max <= to.min ? 0 : Math.ceil(text.min / from.max);
  return { min, max };
}

function retained(text: Range, from: Range, to: Range): Range {
  return {
    max: from.min === 0 || to.max <= from.min ? text.max : 0,
    min: from.max === 0 || from.max <= to.min ? text.min : 0,
  };
}

const split: Estimate = (args, { args: [, limit] }) => {
  const bounded = limit?.kind === 'literal' && typeof limit.value === 'bigint' && limit.value >= 0n;
  const max = bounded ? Number(limit.value) : sizeAt(args, 0).max;
  return { cost: scaled(sizeAt(args, 0), 2 * TRAVERSAL), size: { min: 0, max } };
};

const setOperation =
  (factor: number): Estimate =>
  (args) => ({ cost: plus(scaled(times(sizeAt(args, 0), sizeAt(args, 1)), factor), ONE) });

const addressBytes: Range = { min: 4, max: 16 };
const ofText = (args: readonly Argument[]): Range =>
  args[1]?.type.kind === 'string' ? scaled(args[1].size, TRAVERSAL) : exactly(0);
const prefixCost = scaled(plus(addressBytes, addressBytes), TRAVERSAL);

const parsed: Estimate = (args) => (args[0]?.type.kind === 'opaque' ? { cost: ONE } : traversal(0)(args, {} as Call));

const estimates: Readonly<Record<string, Estimate>> = {
  '_==_': smallest,
  '_!=_': smallest,
  '_<_': ordering,
  '_<=_': ordering,
  '_>_': ordering,
  '_>=_': ordering,
  '_+_': addition,
  '@in': containment,
  bytes: (args) => ({ cost: scaled(sizeAt(args, 0), TRAVERSAL), size: times(sizeAt(args, 0), { min: 1, max: 4 }) }),
  string: (args) => (args[0]?.type.kind === 'bytes' ? transformed(args, {} as Call) : { cost: ONE }),
  startsWith: traversal(1),
  endsWith: traversal(1),
  contains: (args) => ({ cost: times(scaled(sizeAt(args, 0), TRAVERSAL), scaled(sizeAt(args, 1), TRAVERSAL)) }),
  matches: (args) => ({ cost: patternCost(args) }),
  find: found,
  findAll: found,
  check: () => ({ cost: exactly(350_000) }),
  isSorted: overList,
  sum: overList,
  min: overList,
  max: overList,
  indexOf: overList,
  lastIndexOf: overList,
  url: traversal(0),
  lowerAscii: transformed,
  upperAscii: transformed,
  substring: transformed,
  trim: transformed,
  replace: replaced,
  split,
  join: joined,
  format: traversal(0),
  ip: parsed,
  cidr: traversal(0),
  isIP: traversal(0),
  isCIDR: traversal(0),
  'ip.isCanonical': traversal(0, 2 * TRAVERSAL),
  containsIP: (args) => ({ cost: plus(prefixCost, ofText(args)) }),
  containsCIDR: (args) => ({ cost: plus(prefixCost, scaled(addressBytes, TRAVERSAL), ONE, ofText(args)) }),
  quantity: traversal(0),
  isQuantity: traversal(0),
  semver: traversal(0),
  isSemver: traversal(0),
  validate: traversal(1),
  'sets.contains': setOperation(1),
  'sets.intersects': setOperation(1),
  'sets.equivalent': setOperation(2),
};
