import type { DeepReadonly, Node, Pod, Taint, Toleration } from '@nestor/api';

/** When a pod must leave: never (undefined), or a time, which may have passed. */
export function evictionTime(
  pod: DeepReadonly<Pod>,
  taints: readonly DeepReadonly<Taint>[],
  now: number,
): number | undefined {
  if (taints.length === 0) return undefined;
  let time: number | undefined;
  for (const taint of taints) {
    const tolerations = (pod.spec?.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
    if (tolerations.length === 0) return now;
    const seconds = tolerations.flatMap((toleration) => toleration.tolerationSeconds ?? []);
    if (seconds.length === 0) continue;
    // tainteviction's getMinTolerationTime: the shortest, and a negative one means at once.
    const start = taint.timeAdded ? Date.parse(taint.timeAdded) : now;
    const due = start + Math.max(0, Math.min(...seconds)) * 1000;
    time = Math.min(time ?? Infinity, due);
  }
  return time;
}

export function noExecuteTaints(node: DeepReadonly<Node>): DeepReadonly<Taint>[] {
  return (node.spec?.taints ?? []).filter((taint) => taint.effect === 'NoExecute');
}

/** v1.Toleration.ToleratesTaint. */
function tolerates(toleration: DeepReadonly<Toleration>, taint: DeepReadonly<Taint>): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return (
    (toleration.operator ?? 'Equal') === 'Equal' && !!toleration.key && (toleration.value ?? '') === (taint.value ?? '')
  );
}
