/** Something wrong in an expression, with the place of it. */
export interface CelIssue {
  readonly pos: number;
  readonly message: string;
}

/** Stops the parser at the first thing it cannot read. */
export class CelSyntaxError extends Error {
  override readonly name = 'CelSyntaxError';
  constructor(
    readonly pos: number,
    message: string,
  ) {
    super(message);
  }
}

/** As cel-go prints an issue: the place, the words, the line and a caret below it. */
export function formatIssue(source: string, { pos, message }: CelIssue): string {
  const before = source.slice(0, pos);
  const line = before.split('\n').length;
  const column = [...before.slice(before.lastIndexOf('\n') + 1)].length;
  const text = (source.split('\n')[line - 1] ?? '').replace(/\t/g, ' ');
  return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${text}\n | ${'.'.repeat(column)}^`;
}

export const formatIssues = (source: string, issues: readonly CelIssue[]): string =>
  [...issues]
    .sort((a, b) => a.pos - b.pos)
    .map((issue) => formatIssue(source, issue))
    .join('\n');
