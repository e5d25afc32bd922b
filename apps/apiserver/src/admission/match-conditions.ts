import type { MatchConditionsCompiler } from '@nestor/admission';

/** Nothing here evaluates CEL yet. What cannot be judged is refused, as upstream does where an evaluation fails. */
export const compileMatchConditions: MatchConditionsCompiler = () => () => {
  throw new Error('the match conditions of the webhook cannot be evaluated');
};
