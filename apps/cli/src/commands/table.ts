/** Rows under a heading, in columns as wide as they need to be. */
export function table(rows: readonly (readonly string[])[], gap = 2): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell.padEnd(widths[column]!)).join(' '.repeat(gap));
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}
