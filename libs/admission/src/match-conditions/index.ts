export { compileConditions, type Condition, type ConditionsMatch } from './match-conditions';
