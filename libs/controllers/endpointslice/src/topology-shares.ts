import { quantityMilliValue, type DeepReadonly, type Node } from '@nestor/api';

/** What part of the cluster's CPU each zone has. */
export type ZoneShares = ReadonlyMap<string, number>;

const controlPlaneLabels = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** Undefined where it cannot be told: a node without zone or CPU, or all nodes in one zone (TopologyCache.SetNodes). */
export function zoneShares(nodes: Iterable<DeepReadonly<Node>>): ZoneShares | undefined {
  const byZone = new Map<string, number>();
  let total = 0;
  for (const node of nodes) {
    if (!isCounted(node)) continue;
    const zone = zoneOf(node);
    const cpu = cpuOf(node);
    if (!zone || cpu === 0) return undefined;
    byZone.set(zone, (byZone.get(zone) ?? 0) + cpu);
    total += cpu;
  }
  if (byZone.size < 2) return undefined;
  // In one order, so that equal clusters get equal hints.
  return new Map([...byZone].sort(([a], [b]) => (a < b ? -1 : 1)).map(([zone, cpu]) => [zone, cpu / total]));
}

/** Whether a node's change can change the shares; most are heartbeats. */
export function changesShares(node: DeepReadonly<Node>, old: DeepReadonly<Node>): boolean {
  return isCounted(node) !== isCounted(old) || zoneOf(node) !== zoneOf(old) || rawCpu(node) !== rawCpu(old);
}

function isCounted({ metadata, status }: DeepReadonly<Node>): boolean {
  if (controlPlaneLabels.some((label) => metadata.labels?.[label] !== undefined)) return false;
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}

const zoneOf = ({ metadata }: DeepReadonly<Node>): string | undefined =>
  metadata.labels?.['topology.kubernetes.io/zone'];
const rawCpu = ({ status }: DeepReadonly<Node>): string => status?.allocatable?.['cpu'] ?? '0';
const cpuOf = (node: DeepReadonly<Node>): number => quantityMilliValue(rawCpu(node));
