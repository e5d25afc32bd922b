import { CelType, compile, optionalOf, Program } from '@nestor/cel';
import type { StructuralSchema } from '@nestor/schema';

/** One of x-kubernetes-validations. */
export type ValidationRule = NonNullable<StructuralSchema['validations']>[number];

export interface CompiledRule {
  readonly rule: ValidationRule;
  /** Absent where the rule is empty or wrong. */
  readonly program?: Program;
  readonly error?: string;
  readonly message?: Program;
  readonly messageError?: string;
  /** It compares with the state before, so there has to be one. */
  readonly usesOldSelf: boolean;
}

/** Compiles a rule and its messageExpression against the type of the value that it stands at. */
export function compileRule(rule: ValidationRule, self: CelType): CompiledRule {
  if (rule.rule.trim() === '') return { rule, usesOldSelf: false };
  const variables = { self, oldSelf: rule.optionalOldSelf ? optionalOf(self) : self };
  const { program, message } = compile(rule.rule, { variables });
  const found = {
    rule,
    usesOldSelf: program?.references.has('oldSelf') ?? false,
    ...compileMessage(rule, variables),
  };
  if (!program) return { ...found, error: `compilation failed: ${message}` };
  if (program.resultType.kind !== 'bool') return { ...found, error: 'cel expression must evaluate to a bool' };
  return { ...found, program };
}

function compileMessage(
  { messageExpression }: ValidationRule,
  variables: Readonly<Record<string, CelType>>,
): Pick<CompiledRule, 'message' | 'messageError'> {
  if (!messageExpression?.trim()) return {};
  const { program, message } = compile(messageExpression, { variables });
  if (!program) return { messageError: `messageExpression compilation failed: ${message}` };
  if (program.resultType.kind !== 'string') return { messageError: 'messageExpression must evaluate to a string' };
  return { message: program };
}
