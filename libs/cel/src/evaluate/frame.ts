import { CostLimitError } from '../values/cel-error';
import type { Value } from '../values/value';

/** One evaluation: what variables hold, and what has been spent. */
export class Frame {
  cost = 0;
  constructor(
    readonly slots: (Value | undefined)[],
    private readonly limit: number,
  ) {}

  charge(units: number): void {
    this.cost += units;
    if (this.cost > this.limit) throw new CostLimitError();
  }
}

/** A compiled part of an expression. */
export type Step = (frame: Frame) => Value;
