/**
 * Ends an evaluation that needs an answer which an authorizer still waits for. No CelError, so that neither && nor a
 * failurePolicy looks past it.
 */
export class PendingAnswer extends Error {
  constructor(readonly arrived: Promise<void>) {
    super('the authorizer has not answered yet');
  }
}

/**
 * The value of an evaluation without effects. Where it stops for an answer it begins anew once that is there and
 * remembered; where all answers come at once, nothing is awaited.
 */
export function whenAnswered<T>(evaluate: () => T): T | Promise<T> {
  try {
    return evaluate();
  } catch (error) {
    if (!(error instanceof PendingAnswer)) throw error;
    return error.arrived.then(() => whenAnswered(evaluate));
  }
}
