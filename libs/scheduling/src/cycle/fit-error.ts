import { RejectionTally, tallyOf } from '../framework/node-rejections';
import type { Rejection } from '../framework/rejection';

export const noNodesMessage = 'no nodes available to schedule pods';

/** Worded as kube-scheduler's FitError: "0/5 nodes are available: 2 Insufficient cpu, 3 node(s) were unschedulable." */
export function fitErrorMessage(
  nodeCount: number,
  rejections: RejectionTally,
  preFilterReason?: string,
  postFilterMessage?: string,
): string {
  if (nodeCount === 0) return noNodesMessage;
  const counts = new Map<string, number>();
  for (const [{ reasons }, nodes] of rejections)
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + nodes);
  const listed = preFilterReason
    ? [preFilterReason]
    : [...counts].map(([reason, count]) => `${count} ${reason}`).sort(byBytes);
  const parts = [`0/${nodeCount} nodes are available:`];
  if (listed.length > 0) parts.push(`${listed.join(', ')}.`);
  if (postFilterMessage) parts.push(postFilterMessage);
  return parts.join(' ');
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** A plugin's refusal after a node had been found, as kube-scheduler's FitError of that one node. */
export function lateRefusalMessage(refused: Rejection): string {
  return fitErrorMessage(1, tallyOf([refused]));
}
