import {
  BOOL,
  compile,
  DYN,
  formatType,
  listOf,
  mapOf,
  objectType,
  STRING,
  type CelType,
  type Program,
  type Value,
} from '@nestor/cel';

/** A checked expression, or what is wrong with it. */
export type CompiledExpression = { program: Program; error?: undefined } | { program?: undefined; error: string };

const strings = listOf(STRING);
const claims = { claims: mapOf(STRING, DYN) };
const user = {
  user: objectType('kubernetes.UserInfo', {
    username: STRING,
    uid: STRING,
    groups: strings,
    extra: mapOf(STRING, strings),
  }),
};

/** An expression over the claims of a token, whatever comes of it. */
export const compileClaimMapping = (expression: string): CompiledExpression => compiled(expression, claims);
/** A condition on the claims of a token. */
export const compileClaimRule = (expression: string): CompiledExpression => compiled(expression, claims, BOOL);
/** A condition on the user that the claims make. */
export const compileUserRule = (expression: string): CompiledExpression => compiled(expression, user, BOOL);

/** The program of an expression that has been validated. */
export function programOf({ program, error }: CompiledExpression): Program {
  if (!program) throw new Error(error);
  return program;
}

/** Throws with the words of authentication/cel. */
export function evaluate(program: Program, bindings: Readonly<Record<string, unknown>>): Value {
  const { value, error } = program.evaluate(bindings);
  if (error) throw new Error(`expression '${program.expression}' resulted in error: ${error.message}`);
  return value;
}

/** authentication/cel compile: the type is known beforehand or the expression is refused. */
function compiled(expression: string, variables: Record<string, CelType>, wanted?: CelType): CompiledExpression {
  const { program, message } = compile(expression, { variables });
  if (!program) return { error: `compilation failed: ${message}` };
  if (wanted && formatType(program.resultType) !== formatType(wanted)) {
    return { error: `must evaluate to ${formatType(wanted)}` };
  }
  return { program };
}
