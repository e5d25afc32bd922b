import { quantityMilliValue, type DeepReadonly, type HorizontalPodAutoscaler } from '@nestor/api';

export interface Tolerances {
  scaleDown: number;
  scaleUp: number;
}

/** The controller's own tolerance but where the autoscaler's behavior gives another. */
export function tolerancesOf({ spec }: DeepReadonly<HorizontalPodAutoscaler>, tolerance: number): Tolerances {
  const given = (text: string | undefined): number =>
    text === undefined || text === null ? tolerance : quantityMilliValue(text) / 1000;
  return {
    scaleDown: given(spec?.behavior?.scaleDown?.tolerance),
    scaleUp: given(spec?.behavior?.scaleUp?.tolerance),
  };
}

export const isWithin = ({ scaleDown, scaleUp }: Tolerances, ratio: number): boolean =>
  1 - scaleDown <= ratio && ratio <= 1 + scaleUp;
