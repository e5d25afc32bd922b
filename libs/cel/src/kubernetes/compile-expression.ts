import { CelEnvironment, compile, Program } from '../compile';
import { CelType, formatType } from '../types/cel-type';

export type ExpressionResult =
  { readonly program: Program; readonly error?: undefined } | { readonly program?: undefined; readonly error: string };

/** Compiles an expression that must be of one of the types, with the words of admission/plugin/cel. No types: any will do. */
export function compileExpression(
  expression: string,
  env: CelEnvironment,
  wanted: readonly CelType[] = [],
): ExpressionResult {
  const { program, message } = compile(expression, env);
  if (!program) return { error: `compilation failed: ${message}` };
  const got = formatType(program.resultType);
  const names = wanted.map(formatType);
  if (names.length === 0 || names.includes(got)) return { program };
  const one = names.length === 1 ? names[0] : `one of [${names.join(' ')}]`;
  return { error: `must evaluate to ${one} but got ${got}` };
}
