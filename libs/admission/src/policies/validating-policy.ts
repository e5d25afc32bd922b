import type { DeepReadonly, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '@nestor/api';
import { BOOL, NULL, STRING } from '@nestor/cel';
import { CostBudget, ExpressionError, OutOfBudgetError, PendingAnswer, POLICY_BUDGET } from '../expressions';
import { compileConditions, ConditionsMatch } from '../match-conditions';
import { evaluateWith, Expression, PolicyCompiler } from './policy-expressions';
import type { PolicyHook } from './policy-hook';

type Policy = DeepReadonly<ValidatingAdmissionPolicy>;
type Spec = NonNullable<Policy['spec']>;
type Validation = NonNullable<Spec['validations']>[number];
type Bindings = Readonly<Record<string, unknown>>;

const MAX_MESSAGE_BYTES = 5 * 1024;

export interface Decision {
  readonly isDenied: boolean;
  readonly message: string;
  readonly reason?: string;
}

export interface AuditAnnotation {
  readonly key: string;
  readonly value?: string;
  readonly error?: string;
}

export interface PolicyResult {
  /** One for each validation, in their order. */
  readonly decisions: readonly Decision[];
  readonly annotations: readonly AuditAnnotation[];
}

/** Judges one request with one object of params; throws PendingAnswer. */
export type JudgePolicy = (bindings: Bindings) => PolicyResult;

export type ValidatingHook = PolicyHook<Policy, DeepReadonly<ValidatingAdmissionPolicyBinding>, JudgePolicy>;

const nothing: PolicyResult = { decisions: [], annotations: [] };
const admitted: Decision = { isDenied: false, message: '' };

/** Compiles a policy (policy/validating Validator). */
export function compileValidatingPolicy({ spec = {} }: Policy): JudgePolicy {
  const { validations = [], auditAnnotations = [], variables = [], matchConditions = [], failurePolicy } = spec;
  const params = spec.paramKind !== undefined;
  const compiler = new PolicyCompiler(variables, { params, authorizer: true });
  const rules = validations.map((validation) => compileValidation(validation, compiler));
  const notes = auditAnnotations.map(({ key, valueExpression }) => ({
    key,
    expression: compiler.compile(valueExpression.trim(), { types: [STRING, NULL] }),
  }));
  const conditions = matchConditions.length ? compileConditions(matchConditions, params) : undefined;
  const failed = (message: string): Decision => ({ isDenied: failurePolicy !== 'Ignore', message });
  return (bindings) => {
    const met = conditionsMet(conditions, bindings);
    if (typeof met === 'string') return { ...nothing, decisions: [failed(met)] };
    if (!met) return nothing;
    const budget = new CostBudget(POLICY_BUDGET);
    const all = compiler.withVariables(bindings, budget);
    try {
      return {
        decisions: rules.map((rule) => judge(rule, all, budget, failed)),
        annotations: notes
          .map((note) => annotate(note, all, budget))
          .filter(({ error }) => !error || failed('').isDenied),
      };
    } catch (error) {
      if (error instanceof OutOfBudgetError) return { ...nothing, decisions: [failed(error.message)] };
      throw error;
    }
  };
}

function conditionsMet(conditions: ConditionsMatch | undefined, bindings: Bindings): boolean | string {
  if (!conditions) return true;
  try {
    return conditions(bindings);
  } catch (error) {
    if (error instanceof PendingAnswer) throw error;
    return (error as Error).message;
  }
}

interface Rule {
  readonly validation: Validation;
  readonly expression: Expression;
  readonly message?: Expression;
}

function compileValidation(validation: Validation, compiler: PolicyCompiler): Rule {
  const { expression, messageExpression } = validation;
  return {
    validation,
    expression: compiler.compile(expression, { types: [BOOL] }),
    ...(messageExpression?.trim() ? { message: compiler.compile(messageExpression, { types: [STRING] }) } : {}),
  };
}

function judge(rule: Rule, bindings: Bindings, budget: CostBudget, failed: (message: string) => Decision): Decision {
  try {
    if (evaluateWith(budget, rule.expression, bindings) === true) return admitted;
  } catch (error) {
    if (error instanceof ExpressionError) return failed(error.message);
    throw error;
  }
  const { message, expression, reason = 'Invalid' } = rule.validation;
  const text = spoken(rule, bindings, budget) || message?.trim() || `failed expression: ${expression.trim()}`;
  return { isDenied: true, message: text, reason };
}

/** What the messageExpression says, if that can be shown. */
function spoken({ message }: Rule, bindings: Bindings, budget: CostBudget): string {
  if (!message) return '';
  try {
    const value = evaluateWith(budget, message, bindings);
    const text = typeof value === 'string' ? value.trim() : '';
    return Buffer.byteLength(text) > MAX_MESSAGE_BYTES || text.includes('\n') ? '' : text;
  } catch (error) {
    if (error instanceof OutOfBudgetError || error instanceof PendingAnswer) throw error;
    return '';
  }
}

function annotate(
  { key, expression }: { key: string; expression: Expression },
  bindings: Bindings,
  budget: CostBudget,
): AuditAnnotation {
  try {
    const value = evaluateWith(budget, expression, bindings);
    return typeof value === 'string' && value.trim() !== '' ? { key, value: value.trim() } : { key };
  } catch (error) {
    if (error instanceof ExpressionError) return { key, error: error.message };
    throw error;
  }
}
