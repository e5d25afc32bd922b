import type { NodeInfo } from './node-info';
import type { PodAffinityTerm } from './pod-affinity-term';

/**
 * How many pods match one affinity term in each value of its topology key. It is kept up to date pod by pod, so
 * that asking costs nothing per pod already placed.
 */
export class TermCounter {
  private readonly byTopologyValue = new Map<string, number>();
  private all = 0;

  constructor(readonly term: PodAffinityTerm) {}

  /** Counts `amount` (negative takes away) at the node's topology value; a node without the key counts nowhere. */
  add(node: NodeInfo, amount: number): void {
    const value = node.labels[this.term.topologyKey];
    if (value === undefined) return;
    const sum = (this.byTopologyValue.get(value) ?? 0) + amount;
    if (sum === 0) this.byTopologyValue.delete(value);
    else this.byTopologyValue.set(value, sum);
    this.all += amount;
  }

  /** Matches in the node's own domain of the topology. */
  at(node: NodeInfo): number {
    const value = node.labels[this.term.topologyKey];
    return value === undefined ? 0 : (this.byTopologyValue.get(value) ?? 0);
  }

  get total(): number {
    return this.all;
  }
}
