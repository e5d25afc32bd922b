import { CelError, CostLimitError, noSuchOverload } from '../values/cel-error';
import type { Value } from '../values/value';
import type { Frame, Step } from './frame';

/** A step's value, or the error it ended in; the cost limit ends everything. */
export function attempt(step: Step, frame: Frame): Value | CelError {
  try {
    return step(frame);
  } catch (error) {
    if (!(error instanceof CelError) || error instanceof CostLimitError) throw error;
    return error;
  }
}

/** && and ||: the operand that settles it wins, whichever side it stands on, even over an error of the other. */
const settledBy =
  (settling: boolean) =>
  (left: Step, right: Step): Step =>
  (frame) => {
    const first = attempt(left, frame);
    if (first === settling) return settling;
    const second = attempt(right, frame);
    if (second === settling) return settling;
    if (first instanceof CelError) throw first;
    if (second instanceof CelError) throw second;
    if (typeof first !== 'boolean' || typeof second !== 'boolean') throw noSuchOverload();
    return !settling;
  };

export const and = settledBy(false);
export const or = settledBy(true);

export function conditional(condition: Step, then: Step, otherwise: Step): Step {
  return (frame) => {
    const chosen = condition(frame);
    if (typeof chosen !== 'boolean') throw noSuchOverload();
    return chosen ? then(frame) : otherwise(frame);
  };
}
