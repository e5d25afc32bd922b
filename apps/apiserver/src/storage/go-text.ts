/** A parsed JSON value as fmt prints it with %v: map[a:1 b:[x <nil>]], keys in order, strings bare. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `map[${entries.map(([key, held]) => `${key}:${goText(held)}`).join(' ')}]`;
  }
  return String(value);
}
