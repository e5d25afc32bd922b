export { admissionBindings, type AuthorizeExpression, type ExpressionInput } from './admission-bindings';
export { CostBudget, ExpressionError, MATCH_CONDITIONS_BUDGET, OutOfBudgetError, POLICY_BUDGET } from './cost-budget';
