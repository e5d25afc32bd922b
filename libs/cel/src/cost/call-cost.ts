import { CelList } from '../values/list';
import { CelMap } from '../values/map';
import { sizeOf } from '../values/size';
import type { Value } from '../values/value';

/** What a call of a library costs (cel-go's runtime costs, and those Kubernetes gives its own functions). */
export function callCost(name: string, overload: string, args: readonly Value[]): number {
  const cost = costs[name];
  return cost === undefined ? 1 : typeof cost === 'number' ? cost : cost(args, overload);
}

type Cost = (args: readonly Value[], overload: string) => number;

const size = (value: Value | undefined): number => (value === undefined ? 0 : (sizeOf(value) ?? 1));
const times =
  (factor: number, argument = 0): Cost =>
  (args) =>
    Math.ceil(size(args[argument]) * factor);

/** Text and pattern: a guess that each four characters of a pattern are one thing to try. */
const pattern: Cost = ([text, regex]) => Math.ceil((1 + size(text)) * 0.1) * Math.ceil(size(regex) * 0.25);

function traverse(value: Value | undefined): number {
  if (value === undefined) return 0;
  if (typeof value === 'string' || value instanceof Uint8Array) return Math.trunc(size(value) * 0.1);
  let cost = 0;
  if (value instanceof CelList) for (const one of value) cost += traverse(one);
  else if (value instanceof CelMap) for (const key of value.keys()) cost += traverse(key) + traverse(value.get(key));
  else cost = 1;
  return cost;
}

const traversed: Cost = ([list]) => traverse(list);

/** What joining makes: all parts, and what stands between them. */
const joined: Cost = ([list, separator]) => {
  if (!(list instanceof CelList)) return 1;
  let length = size(separator ?? '') * Math.max(0, list.size - 1);
  for (const one of list) length += size(one);
  return Math.ceil(length * 0.2);
};

/** Formatting writes its text and all that is put into it. */
const formatted: Cost = ([format, values]) => Math.ceil((size(format) + traverse(values)) * 0.1) + size(values);

const setOperation: Cost = ([a, b]) => size(a) * size(b) + 1;

/** A replacement may lengthen its text with every hit. */
const replaced: Cost = ([text, from, to]) => {
  const hits = size(text) / Math.max(1, size(from));
  return Math.ceil(size(text) * 0.2) + Math.ceil((hits + 1) * size(to) * 0.1);
};

const addressParsed: Cost = ([text], overload) => (overload === 'cidr_ip' ? 1 : Math.ceil(size(text) * 0.1));
const contained: Cost = ([, other], overload) => (overload.endsWith('_string') ? 1 + Math.ceil(size(other) * 0.1) : 1);

const AUTHORIZATION_CHECK = 350_000;

const costs: Readonly<Record<string, number | Cost>> = {
  check: AUTHORIZATION_CHECK,
  startsWith: times(0.1, 1),
  endsWith: times(0.1, 1),
  bytes: times(0.1),
  string: ([value]) => (value instanceof Uint8Array ? Math.ceil(size(value) * 0.1) : 1),
  contains: ([text, part]) => Math.ceil(size(text) * 0.1) * Math.ceil(size(part) * 0.1),
  matches: pattern,
  find: pattern,
  findAll: pattern,
  isSorted: traversed,
  sum: traversed,
  max: traversed,
  min: traversed,
  indexOf: traversed,
  lastIndexOf: traversed,
  url: times(0.1),
  isURL: times(0.1),
  lowerAscii: times(0.1),
  upperAscii: times(0.1),
  substring: times(0.1),
  trim: times(0.1),
  replace: replaced,
  split: times(0.2),
  join: joined,
  format: formatted,
  'strings.quote': times(0.1),
  ip: addressParsed,
  cidr: times(0.1),
  isIP: times(0.1),
  isCIDR: times(0.1),
  'ip.isCanonical': times(0.2),
  containsIP: contained,
  containsCIDR: contained,
  quantity: times(0.1),
  isQuantity: times(0.1),
  semver: times(0.1),
  isSemver: times(0.1),
  validate: ([, text]) => 1 + Math.ceil(size(text) * 0.1),
  'sets.contains': setOperation,
  'sets.equivalent': ([a, b]) => 2 * size(a) * size(b) + 1,
  'sets.intersects': setOperation,
};
