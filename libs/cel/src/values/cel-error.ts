/** Evaluation went wrong: no such key, division by zero. The logical operators may look past one. */
export class CelError extends Error {
  override readonly name: string = 'CelError';
}

/** The cost limit is reached. Nothing looks past this one. */
export class CostLimitError extends CelError {
  override readonly name = 'CostLimitError';
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

export const noSuchOverload = (): CelError => new CelError('no such overload');
export const noSuchKey = (key: string): CelError => new CelError(`no such key: ${key}`);
