import type { DeepReadonly, Taint, Toleration } from '../meta/json-types';

type TaintLike = Pick<DeepReadonly<Taint>, 'key' | 'effect' | 'value'>;

/** Toleration.ToleratesTaint: an empty key with Exists tolerates all, an empty effect every effect. */
export function tolerates(toleration: DeepReadonly<Toleration>, taint: TaintLike): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator ?? 'Equal') {
    case '':
    case 'Equal':
      return (toleration.value ?? '') === (taint.value ?? '');
    case 'Exists':
      return true;
    case 'Lt':
    case 'Gt':
      return comparesNumerically(toleration, taint);
    default:
      return false;
  }
}

/** Operators of the TaintTolerationComparisonOperators feature: both values must be plain integers. */
function comparesNumerically(toleration: DeepReadonly<Toleration>, taint: TaintLike): boolean {
  const number = /^(0|-?[1-9][0-9]*)$/;
  const [wanted, given] = [toleration.value ?? '', taint.value ?? ''];
  if (!number.test(wanted) || !number.test(given)) return false;
  return toleration.operator === 'Lt' ? BigInt(given) < BigInt(wanted) : BigInt(given) > BigInt(wanted);
}

export function toleratesAny(tolerations: readonly DeepReadonly<Toleration>[] | undefined, taint: TaintLike): boolean {
  return tolerations?.some((toleration) => tolerates(toleration, taint)) ?? false;
}

/** The first taint with one of the effects that no toleration covers. */
export function findUntoleratedTaint<T extends TaintLike>(
  taints: readonly T[] | undefined,
  tolerations: readonly DeepReadonly<Toleration>[] | undefined,
  effects: readonly string[] = ['NoSchedule', 'NoExecute'],
): T | undefined {
  return taints?.find((taint) => effects.includes(taint.effect) && !toleratesAny(tolerations, taint));
}

/** Taints are one by key and effect. */
export const isSameTaint = (left: TaintLike, right: TaintLike): boolean =>
  left.key === right.key && left.effect === right.effect;
