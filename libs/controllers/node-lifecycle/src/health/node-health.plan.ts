import type { DeepReadonly, Lease, Node, NodeCondition, Taint } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';

type ObservedNode = DeepReadonly<Node>;

/** When we last saw a sign of life. Clocks of nodes are not trusted: what counts is when a value changed here. */
export interface Heartbeat {
  seen: string;
  at: number;
}

export function heartbeat(
  node: ObservedNode,
  lease: DeepReadonly<Lease> | undefined,
  last: Heartbeat | undefined,
  now: number,
): Heartbeat {
  const ready = readyOf(node);
  const seen = [ready?.lastHeartbeatTime, ready?.status === 'Unknown', lease?.spec?.renewTime].join('|');
  if (last?.seen === seen) return last;
  // The write that made the state Unknown is ours and no sign of life.
  const isOwnWrite = last && ready?.status === 'Unknown' && leaseOf(last.seen) === (lease?.spec?.renewTime ?? '');
  return { seen, at: isOwnWrite ? last.at : now };
}

const leaseOf = (seen: string): string => seen.slice(seen.lastIndexOf('|') + 1);

export function readyOf(node: ObservedNode): DeepReadonly<NodeCondition> | undefined {
  return node.status?.conditions?.find((condition) => condition.type === 'Ready');
}

const watched = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** The conditions of a silent node, or undefined when they already say Unknown. */
export function unknownConditions(node: ObservedNode, now: number): NodeCondition[] | undefined {
  const at = rfc3339(now);
  const conditions = [...(node.status?.conditions ?? [])] as NodeCondition[];
  let isChanged = false;
  for (const type of watched) {
    const index = conditions.findIndex((condition) => condition.type === type);
    const current = conditions[index];
    if (current?.status === 'Unknown') continue;
    isChanged = true;
    const base = { type, status: 'Unknown', lastTransitionTime: at };
    if (current) {
      const { lastHeartbeatTime } = current;
      const text = { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' };
      conditions[index] = { ...base, lastHeartbeatTime, ...text };
    } else {
      const lastHeartbeatTime = node.metadata.creationTimestamp;
      const text = { reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.' };
      conditions.push({ ...base, lastHeartbeatTime, ...text });
    }
  }
  return isChanged ? conditions : undefined;
}

export const notReadyTaint = 'node.kubernetes.io/not-ready';
export const unreachableTaint = 'node.kubernetes.io/unreachable';
const unschedulableTaint = 'node.kubernetes.io/unschedulable';

/** Taints that this controller sets and takes away; all others are the users'. */
const conditionTaints: Record<string, Record<string, string>> = {
  Ready: { False: notReadyTaint, Unknown: unreachableTaint },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
};
const managedKeys = new Set([
  unschedulableTaint,
  ...Object.values(conditionTaints).flatMap((byStatus) => Object.values(byStatus)),
]);

/** Whether pods may be evicted from a node that is not ready: at once, when its turn comes, or not at all. */
export type Eviction = 'now' | 'later' | 'never';

const same = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect;

/** True when the node is not ready and does not evict its pods yet. */
export function awaitsEviction(node: ObservedNode): boolean {
  const key = conditionTaints['Ready']?.[readyOf(node)?.status ?? ''];
  return key !== undefined && !node.spec?.taints?.some((taint) => taint.key === key && taint.effect === 'NoExecute');
}

/** The node's taints as its conditions ask for them, or undefined when they are right. */
export function planTaints(node: ObservedNode, now: number, eviction: Eviction = 'now'): Taint[] | undefined {
  const at = rfc3339(now);
  const wanted: Taint[] = [];
  const current = (node.spec?.taints ?? []) as Taint[];
  for (const { type, status } of node.status?.conditions ?? []) {
    const key = conditionTaints[type]?.[status];
    if (!key) continue;
    wanted.push({ key, effect: 'NoSchedule' });
    const evicting: Taint = { key, effect: 'NoExecute', timeAdded: at };
    const isThere = current.some((taint) => same(taint, evicting));
    if (type === 'Ready' && (eviction === 'now' || (eviction === 'later' && isThere))) wanted.push(evicting);
  }
  if (node.spec?.unschedulable) wanted.push({ key: unschedulableTaint, effect: 'NoSchedule' });
  const kept = current.filter((taint) => !managedKeys.has(taint.key) || wanted.some((one) => same(one, taint)));
  const missing = wanted.filter((one) => !current.some((taint) => same(one, taint)));
  return missing.length === 0 && kept.length === current.length ? undefined : [...kept, ...missing];
}
