import type { Rejection } from '../framework/rejection';

/** Worded as kube-scheduler's FitError: "0/5 nodes are available: 2 Insufficient cpu, 3 node(s) were unschedulable." */
export function fitErrorMessage(
  nodeCount: number,
  rejections: ReadonlyMap<string, Rejection>,
  preFilterReason?: string,
  postFilterMessage?: string,
): string {
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  for (const { reasons } of rejections.values())
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const listed = preFilterReason
    ? [preFilterReason]
    : [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  const text =
    listed.length > 0
      ? `0/${nodeCount} nodes are available: ${listed.join(', ')}.`
      : `0/${nodeCount} nodes are available.`;
  return postFilterMessage ? `${text} ${postFilterMessage}` : text;
}
