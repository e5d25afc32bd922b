export { admissionBindings, type ExpressionInput } from './admission-bindings';
export type { AuthorizeExpression } from './ask-authorizer';
export { PendingAnswer, whenAnswered } from './pending-answer';
export { CostBudget, ExpressionError, MATCH_CONDITIONS_BUDGET, OutOfBudgetError, POLICY_BUDGET } from './cost-budget';
