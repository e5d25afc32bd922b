import { semanticEqual, type Toleration } from '@nestor/api';

const equal = 'Equal';

/** Whether whatever `one` tolerates, `all` tolerates too. */
function covers(all: Toleration, one: Toleration): boolean {
  if (semanticEqual(all, one)) return true;
  if (one.key !== all.key && (all.key || all.operator !== 'Exists')) return false;
  if (all.effect && one.effect !== all.effect) return false;
  if (all.effect === 'NoExecute' && typeof all.tolerationSeconds === 'number') {
    if (typeof one.tolerationSeconds !== 'number' || one.tolerationSeconds > all.tolerationSeconds) return false;
  }
  if (all.operator === 'Exists') return true;
  return (all.operator || equal) === equal && one.operator === equal && (one.value ?? '') === (all.value ?? '');
}

/** Both lists in one, without those that another one covers; of equal ones the first stays. */
export function mergeTolerations(first: readonly Toleration[], second: readonly Toleration[]): Toleration[] {
  const all = [...first, ...second];
  const merged: Toleration[] = [];
  all.forEach((toleration, index) => {
    const later = all.slice(index + 1);
    const isCovered =
      merged.some((kept) => covers(kept, toleration)) ||
      later.some((other) => !semanticEqual(toleration, other) && covers(other, toleration));
    if (!isCovered) merged.push(toleration);
  });
  return merged;
}
