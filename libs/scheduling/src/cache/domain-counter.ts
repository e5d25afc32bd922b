import type { PodSelector } from './pod-selector';
import { Topology, grown } from './topology';

/**
 * How many pods that a selector means are in each domain of a topology. It is kept up to date pod by pod, so that
 * asking costs nothing per pod already placed.
 */
export class DomainCounter {
  private counts: Int32Array<ArrayBuffer> = new Int32Array(0);
  private all = 0;

  constructor(
    readonly selector: PodSelector,
    readonly topology: Topology,
  ) {}

  /** Adds `amount` (negative takes away) at the slot's domain; a node without the label counts nowhere. */
  add(slot: number, amount: number): void {
    const domain = this.topology.at(slot);
    if (domain < 0) return;
    if (domain >= this.counts.length) this.counts = grown(this.counts, domain + 1);
    this.counts[domain] = (this.counts[domain] as number) + amount;
    this.all += amount;
  }

  /** The count in the slot's own domain. */
  at(slot: number): number {
    return this.counts[this.topology.at(slot)] ?? 0;
  }

  /** Of all nodes that have the label. */
  get total(): number {
    return this.all;
  }

  /** By domain; domains beyond its length have none. Not to be written to. */
  get byDomain(): Int32Array {
    return this.counts;
  }
}

/** How many pods that a selector means are on each node. Few nodes have any, so it is a map and not a column. */
export class NodeCounter {
  readonly bySlot = new Map<number, number>();

  constructor(readonly selector: PodSelector) {}

  add(slot: number, amount: number): void {
    const sum = (this.bySlot.get(slot) ?? 0) + amount;
    if (sum === 0) this.bySlot.delete(slot);
    else this.bySlot.set(slot, sum);
  }
}
