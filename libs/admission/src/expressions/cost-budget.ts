import { PER_CALL_LIMIT, Program, Value } from '@nestor/cel';

/** What all expressions of a policy may cost for one request, and what its match conditions may. */
export const POLICY_BUDGET = 10_000_000;
export const MATCH_CONDITIONS_BUDGET = 2_500_000;

/** The budget is spent: nothing more is evaluated. */
export class OutOfBudgetError extends Error {
  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run');
  }
}

/** An expression came to no value. */
export class ExpressionError extends Error {}

/** Evaluates expressions as long as the budget lasts. */
export class CostBudget {
  constructor(private left: number) {}

  spend(cost: number): void {
    if (cost > this.left) {
      this.left = 0;
      throw new OutOfBudgetError();
    }
    this.left -= cost;
  }

  /** The value; throws ExpressionError or OutOfBudgetError. */
  evaluate(program: Program, bindings: Readonly<Record<string, unknown>>): Value {
    const { value, error, cost } = program.evaluate(bindings, { costLimit: PER_CALL_LIMIT });
    this.spend(cost);
    if (error) throw new ExpressionError(`expression '${program.expression}' resulted in error: ${error.message}`);
    return value;
  }
}
