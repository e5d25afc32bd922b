import type { ClusterView } from '../../cache/cluster-view';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';
import type { Topology } from '../../cache/topology';
import { hasAll, inclusion, isIncluded } from './eligible-nodes';
import type { SpreadConstraint } from './spread-constraint';

/** Matching pods by domain, of one constraint. */
interface Spread {
  readonly constraint: SpreadConstraint;
  readonly topology: Topology;
  readonly selfMatch: 0 | 1;
  readonly counts: Int32Array;
  /** 1 for domains with a node that counts. */
  readonly present: Uint8Array;
}

export type SpreadVerdict = 'fits' | 'missingLabel' | 'skewed';

/** What PodTopologySpread's filter knows of the cluster for one pod. */
export class SpreadFilter {
  private constructor(
    private readonly cluster: ClusterView,
    private readonly pod: PodInfo,
    private readonly spreads: readonly Spread[],
  ) {}

  static of(constraints: readonly SpreadConstraint[], pod: PodInfo, cluster: ClusterView): SpreadFilter {
    const topologies = constraints.map(({ topologyKey }) => cluster.topology(topologyKey));
    const spreads = constraints.map((constraint, at) =>
      spreadOf(constraint, topologies[at] as Topology, topologies, pod, cluster),
    );
    return new SpreadFilter(cluster, pod, spreads);
  }

  clone(): SpreadFilter {
    const spreads = this.spreads.map((spread) => ({ ...spread, counts: spread.counts.slice() }));
    return new SpreadFilter(this.cluster, this.pod, spreads);
  }

  /** A pod comes to the node (1) or goes from it (-1). */
  adjust(other: PodInfo, node: NodeInfo, amount: 1 | -1): void {
    const topologies = this.spreads.map(({ topology }) => topology);
    if (!hasAll(topologies, node.slot)) return;
    for (const { constraint, topology, counts } of this.spreads) {
      if (!constraint.selector.matches(other.pod, this.cluster.namespaceLabels)) continue;
      if (!isIncluded(constraint, this.pod, node)) continue;
      const domain = topology.at(node.slot);
      counts[domain] = (counts[domain] as number) + amount;
    }
  }

  judge(): (slot: number) => SpreadVerdict {
    const limits = this.spreads.map((spread) => ({
      domains: spread.topology.domains,
      counts: spread.counts,
      most: spread.constraint.maxSkew - spread.selfMatch + fewest(spread),
    }));
    return (slot) => {
      for (const { domains, counts, most } of limits) {
        const domain = domains[slot] ?? -1;
        if (domain < 0) return 'missingLabel';
        if ((counts[domain] as number) > most) return 'skewed';
      }
      return 'fits';
    };
  }
}

function spreadOf(
  constraint: SpreadConstraint,
  topology: Topology,
  all: readonly Topology[],
  pod: PodInfo,
  cluster: ClusterView,
): Spread {
  const counts = new Int32Array(topology.size);
  const present = new Uint8Array(topology.size);
  const { domains } = topology;
  const included = inclusion(constraint, pod, cluster);
  const others = all.filter((other) => other !== topology);
  const counting = (slot: number): boolean =>
    (others.length === 0 || hasAll(others, slot)) && (!included || included(slot));
  for (let slot = 0; slot < cluster.slotCount; slot++) {
    const domain = domains[slot] ?? -1;
    if (domain >= 0 && present[domain] === 0 && counting(slot)) present[domain] = 1;
  }
  for (const [slot, amount] of cluster.placed.byNode(constraint.selector).bySlot) {
    const domain = topology.at(slot);
    if (domain >= 0 && counting(slot)) counts[domain] = (counts[domain] as number) + amount;
  }
  const selfMatch = constraint.selector.matches(pod.pod, cluster.namespaceLabels) ? 1 : 0;
  return { constraint, topology, selfMatch, counts, present };
}

/** The global minimum that skew is measured from; 0 while there are fewer domains than asked for. */
function fewest({ counts, present, constraint }: Spread): number {
  let domains = 0;
  let least = 0x7fffffff;
  for (let domain = 0; domain < present.length; domain++) {
    if (present[domain] === 0) continue;
    domains++;
    const count = counts[domain] as number;
    if (count < least) least = count;
  }
  return domains < constraint.minDomains ? 0 : least;
}
