import { RE2JS } from 're2js';
import type { Call } from '../syntax/ast';
import type { CelIssue } from '../syntax/issue';
import { parseDuration, parseTimestamp } from '../values/time';

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  duration: parseDuration,
  timestamp: parseTimestamp,
  matches: (text) => RE2JS.compile(text),
};

/** A duration, timestamp or pattern that is written out is read at once: a wrong one never evaluates. */
export function checkLiteralArgument(name: string, { args }: Call, issues: CelIssue[]): void {
  const read = readers[name];
  const literal = args[args.length - 1];
  if (!read || literal?.kind !== 'literal' || typeof literal.value !== 'string') return;
  try {
    read(literal.value);
  } catch {
    issues.push({ pos: literal.pos, message: `invalid ${name} argument` });
  }
}
