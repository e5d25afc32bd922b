import type { ClusterView } from '../../cache/cluster-view';
import type { PodInfo } from '../../cache/pod-info';
import type { Topology } from '../../cache/topology';
import type { FeasibleNodes } from '../../framework/feasible-nodes';
import { hasAll, inclusion } from './eligible-nodes';
import { SpreadConstraint, hostnameKey } from './spread-constraint';

/** A score that normalising turns to 0: nodes without a label that every node is to have. */
export const ignored = -1;

/** Raw scores: matching pods in the node's domains, weighted so that small topologies are not drowned by large ones. */
export class SpreadScore {
  private readonly topologies: readonly Topology[];

  constructor(
    private readonly constraints: readonly SpreadConstraint[],
    private readonly requireAll: boolean,
    private readonly pod: PodInfo,
    private readonly cluster: ClusterView,
  ) {
    this.topologies = constraints.map(({ topologyKey }) => cluster.topology(topologyKey));
  }

  scoreAll({ slots, count }: FeasibleNodes, scores: Float64Array): void {
    let scored = count;
    if (this.requireAll)
      for (let i = 0; i < count; i++)
        if (!hasAll(this.topologies, slots[i] as number)) {
          scores[i] = ignored;
          scored--;
        }
    this.constraints.forEach((constraint, at) => {
      const topology = this.topologies[at] as Topology;
      if (constraint.topologyKey === hostnameKey) this.addByNode(constraint, topology, slots, scores, count, scored);
      else this.addByDomain(constraint, topology, slots, scores, count);
    });
    for (let i = 0; i < count; i++) scores[i] = Math.round(scores[i] as number);
  }

  /** Hosts are counted one by one, without the inclusion policies. */
  private addByNode(
    { selector, maxSkew }: SpreadConstraint,
    topology: Topology,
    slots: Int32Array,
    scores: Float64Array,
    count: number,
    scored: number,
  ): void {
    const weight = Math.log(scored + 2);
    const { bySlot } = this.cluster.placed.byNode(selector);
    const { domains } = topology;
    for (let i = 0; i < count; i++) {
      const slot = slots[i] as number;
      if (scores[i] === ignored || (domains[slot] as number) < 0) continue;
      const found = bySlot.size === 0 ? 0 : (bySlot.get(slot) ?? 0);
      scores[i] = (scores[i] as number) + (found * weight + (maxSkew - 1));
    }
  }

  private addByDomain(
    constraint: SpreadConstraint,
    topology: Topology,
    slots: Int32Array,
    scores: Float64Array,
    count: number,
  ): void {
    const { domains } = topology;
    // Domain -1, nodes without the label, counts as one more value, as it does in kube-scheduler.
    const seen = new Uint8Array(topology.size + 1);
    let values = 0;
    for (let i = 0; i < count; i++) {
      const domain = (domains[slots[i] as number] as number) + 1;
      if (scores[i] === ignored || seen[domain] === 1) continue;
      seen[domain] = 1;
      values++;
    }
    const weight = Math.log(values + 2);
    const counts = this.countByDomain(constraint, topology);
    for (let i = 0; i < count; i++) {
      const domain = domains[slots[i] as number] as number;
      if (scores[i] === ignored || domain < 0) continue;
      scores[i] = (scores[i] as number) + ((counts[domain] as number) * weight + (constraint.maxSkew - 1));
    }
  }

  private countByDomain(constraint: SpreadConstraint, topology: Topology): Int32Array {
    const counts = new Int32Array(topology.size);
    const included = inclusion(constraint, this.pod, this.cluster);
    for (const [slot, amount] of this.cluster.placed.byNode(constraint.selector).bySlot) {
      const domain = topology.at(slot);
      if (domain < 0 || (this.requireAll && !hasAll(this.topologies, slot)) || (included && !included(slot))) continue;
      counts[domain] = (counts[domain] as number) + amount;
    }
    return counts;
  }
}

/** Brings raw scores to 0..100, fewest matching pods highest. */
export function normalizeSpread(scores: Float64Array): void {
  let lowest = Infinity;
  let highest = 0;
  for (const score of scores) {
    if (score === ignored) continue;
    if (score < lowest) lowest = score;
    if (score > highest) highest = score;
  }
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] as number;
    if (score === ignored) scores[i] = 0;
    else scores[i] = highest === 0 ? 100 : Math.floor((100 * (highest + lowest - score)) / highest);
  }
}
