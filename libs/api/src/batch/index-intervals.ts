/**
 * Sets of completion indexes as Jobs write them: "1,3-5,7". In order, disjoint and never side by side, so that a set
 * has one text.
 */
export interface IndexInterval {
  readonly first: number;
  readonly last: number;
}
export type IndexIntervals = readonly IndexInterval[];

export function formatIndexes(intervals: IndexIntervals): string {
  return intervals
    .map(({ first, last }) => (first === last ? `${first}` : `${first}${last === first + 1 ? ',' : '-'}${last}`))
    .join(',');
}

/** The controller's reading: what cannot be read is left out, what is beyond the completions cut off. */
export function parseIndexes(text: string | undefined, completions: number): IndexIntervals {
  const read: IndexInterval[] = [];
  for (const part of text ? text.split(',') : []) {
    const [first, last] = part.split('-').map(toInteger);
    if (first === undefined || Number.isNaN(first) || Number.isNaN(last ?? first)) continue;
    if (first >= completions) break;
    read.push({ first, last: Math.min(last ?? first, completions - 1) });
  }
  return mergeIndexes(read, []);
}

export function countIndexes(intervals: IndexIntervals): number {
  return intervals.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

export function hasIndex(intervals: IndexIntervals, index: number): boolean {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((intervals[middle] as IndexInterval).last >= index) high = middle;
    else low = middle + 1;
  }
  const found = intervals[low];
  return found !== undefined && found.first <= index;
}

/** The indexes given in any order, twice or once. */
export function indexIntervals(indexes: Iterable<number>): IndexIntervals {
  const sorted = [...indexes].sort((a, b) => a - b);
  return mergeIndexes(
    sorted.map((index) => ({ first: index, last: index })),
    [],
  );
}

export function mergeIndexes(left: IndexIntervals, right: IndexIntervals): IndexIntervals {
  const merged: { first: number; last: number }[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const a = left[l];
    const b = right[r];
    const next = a !== undefined && (b === undefined || a.first < b.first) ? a : (b as IndexInterval);
    if (next === a) l++;
    else r++;
    const end = merged.at(-1);
    if (end === undefined || next.first > end.last + 1) merged.push({ ...next });
    else end.last = Math.max(end.last, next.last);
  }
  return merged;
}

/** How many indexes are in both. */
export function countCommonIndexes(left: IndexIntervals, right: IndexIntervals): number {
  let count = 0;
  for (let l = 0, r = 0; l < left.length && r < right.length;) {
    const a = left[l] as IndexInterval;
    const b = right[r] as IndexInterval;
    count += Math.max(0, Math.min(a.last, b.last) - Math.max(a.first, b.first) + 1);
    if (a.last <= b.last) l++;
    if (b.last <= a.last) r++;
  }
  return count;
}

/** The validation's reading: throws with Kubernetes' words at the first part that breaks the form. */
export function parseIndexesStrictly(text: string, completions: number): IndexIntervals {
  const intervals: IndexInterval[] = [];
  for (const part of text === '' ? [] : text.split(',')) {
    const interval = parseInterval(part, completions);
    const before = intervals.at(-1)?.last;
    if (before !== undefined && before >= interval.first) throw notIncreasing(before, interval.first);
    intervals.push(interval);
  }
  return intervals;
}

function parseInterval(part: string, completions: number): IndexInterval {
  const limits = part.split('-');
  if (limits.length > 2) {
    throw new SyntaxError(
      `the fragment ${JSON.stringify(part)} violates the requirement that an index interval can have at most two parts separated by '-'`,
    );
  }
  const [first = 0, last = first] = limits.map((limit) => parseLimit(limit, completions));
  if (limits.length > 1 && first >= last) throw notIncreasing(first, last);
  return { first, last };
}

function parseLimit(text: string, completions: number): number {
  const index = toInteger(text);
  if (Number.isNaN(index)) throw new SyntaxError(`cannot convert string to integer for index: ${JSON.stringify(text)}`);
  if (index >= completions) throw new SyntaxError(`too large index: ${JSON.stringify(text)}`);
  return index;
}

const toInteger = (text: string): number => (/^[+-]?\d+$/.test(text) ? Number(text) : NaN);

const notIncreasing = (previous: number, current: number): SyntaxError =>
  new SyntaxError(`non-increasing order, previous: ${previous}, current: ${current}`);
