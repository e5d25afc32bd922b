/** At least and at most: of a size, or of a cost. What has no bound is Infinity. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

export const exactly = (value: number): Range => ({ min: value, max: value });
export const unknownSize: Range = { min: 0, max: Infinity };

export const plus = (...ranges: readonly Range[]): Range =>
  ranges.reduce((a, b) => ({ min: a.min + b.min, max: a.max + b.max }), exactly(0));

/** Nought times no bound is nought: nothing is done, however much each would cost. */
const product = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);

export const times = (a: Range, b: Range): Range => ({ min: product(a.min, b.min), max: product(a.max, b.max) });

export const scaled = ({ min, max }: Range, factor: number): Range => ({
  min: Math.ceil(min * factor),
  max: Math.ceil(max * factor),
});

export const union = (a: Range, b: Range): Range => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) });
