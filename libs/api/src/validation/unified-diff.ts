const context = 3;

const lines = (value: unknown): string[] => JSON.stringify(sorted(value), null, 2).split('\n');

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}

/**
 * What differs between two values, as lines of JSON with a little context: enough for a person to see the field.
 * One hunk from the first difference to the last; a full LCS is not worth its cost in an error message.
 */
export function unifiedDiff(before: unknown, after: unknown): string {
  const [old, next] = [lines(before), lines(after)];
  let start = 0;
  while (start < old.length && start < next.length && old[start] === next[start]) start++;
  let end = 0;
  while (end < old.length - start && end < next.length - start && old.at(-1 - end) === next.at(-1 - end)) end++;
  const shown = [
    ...old.slice(Math.max(0, start - context), start).map((line) => `  ${line}`),
    ...old.slice(start, old.length - end).map((line) => `- ${line}`),
    ...next.slice(start, next.length - end).map((line) => `+ ${line}`),
    ...old.slice(old.length - end, old.length - end + context).map((line) => `  ${line}`),
  ];
  return `${shown.join('\n')}\n`;
}
