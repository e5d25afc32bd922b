import { aggregateMessage } from '@nestor/api';
import { admissionVariables, BOOL, compileExpression, Program } from '@nestor/cel';
import { CostBudget, ExpressionError, MATCH_CONDITIONS_BUDGET } from '../expressions';

export interface Condition {
  readonly name: string;
  readonly expression: string;
}

/** Whether all conditions hold; throws where that cannot be told, and PendingAnswer. */
export type ConditionsMatch = (bindings: Readonly<Record<string, unknown>>) => boolean;

/**
 * matchConditions of webhooks and policies, compiled (webhook/matchconditions Matcher): one that is false settles it, even
 * where others fail.
 */
export function compileConditions(conditions: readonly Condition[], params = false): ConditionsMatch {
  const variables = admissionVariables({ params, authorizer: true });
  const compiled = conditions.map(({ expression }) => compileExpression(expression, { variables }, [BOOL]));
  return (bindings) => {
    const budget = new CostBudget(MATCH_CONDITIONS_BUDGET);
    const failed: string[] = [];
    for (const { program, error } of compiled) {
      const outcome = program ? holds(program, bindings, budget) : `compilation error: ${error}`;
      if (outcome === false) return false;
      if (typeof outcome === 'string') failed.push(outcome);
    }
    if (failed.length > 0) throw new Error(aggregateMessage(failed));
    return true;
  };
}

function holds(program: Program, bindings: Readonly<Record<string, unknown>>, budget: CostBudget): boolean | string {
  try {
    return budget.evaluate(program, bindings) === true;
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}
