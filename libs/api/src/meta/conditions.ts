/** The part every status condition shares. */
export interface ConditionLike {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

export function findCondition<C extends { readonly type: string }>(
  conditions: readonly C[] | undefined | null,
  type: string,
): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isConditionTrue(
  conditions: readonly { readonly type: string; readonly status: string }[] | undefined | null,
  type: string,
): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

/**
 * The list with one condition put in place; lastTransitionTime moves only when the status does. Returns the given
 * list itself when nothing changed, so that callers see by identity whether to write.
 */
export function withCondition<C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  next: C,
  now: string,
): readonly C[] {
  const list = conditions ?? [];
  const index = list.findIndex((condition) => condition.type === next.type);
  const current = list[index];
  if (current === undefined) return [...list, { ...next, lastTransitionTime: next.lastTransitionTime ?? now }];
  if (current.status === next.status && current.reason === next.reason && current.message === next.message) return list;
  const lastTransitionTime =
    current.status === next.status ? (current.lastTransitionTime ?? now) : (next.lastTransitionTime ?? now);
  return list.map((condition, position) => (position === index ? { ...next, lastTransitionTime } : condition));
}
