import { RE2JS } from 're2js';
import { CelError } from '../values/cel-error';

const MAX_CACHED = 500;
const compiled = new Map<string, RE2JS>();

/** Patterns are RE2, which takes linear time; those that were seen before are kept. */
export function compilePattern(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known) return known;
  try {
    const made = RE2JS.compile(pattern);
    if (compiled.size >= MAX_CACHED) compiled.clear();
    compiled.set(pattern, made);
    return made;
  } catch (error) {
    throw new CelError(`error parsing regexp: ${(error as Error).message.replace(/^error parsing regexp: /, '')}`);
  }
}

export const matchesPattern = (text: string, pattern: string): boolean => compilePattern(pattern).matcher(text).find();
