import type { ClusterView } from '../cache/cluster-view';
import type { NodeInfo } from '../cache/node-info';
import type { Rejection } from './rejection';

/** The nodes of one scheduling cycle that no plugin has refused yet, by slot, in the order they are looked at. */
export class FeasibleNodes {
  /** The first `count` entries count. */
  slots: Int32Array<ArrayBuffer> = new Int32Array(0);
  count = 0;
  /** Why nodes left the list, by slot. */
  readonly rejections = new Map<number, Rejection>();

  constructor(readonly cluster: ClusterView) {}

  /** Empties the list for the next cycle. */
  reset(): void {
    const size = this.cluster.slotCount;
    if (this.slots.length < size) this.slots = new Int32Array(Math.max(size, this.slots.length * 2));
    this.count = 0;
    this.rejections.clear();
  }

  push(slot: number): void {
    this.slots[this.count++] = slot;
  }

  /** Adds the slots from `first` to before `end` that `fits` marks with 1. */
  take(fits: Uint8Array, first: number, end: number): void {
    const { slots } = this;
    let { count } = this;
    for (let slot = first; slot < end; slot++) if (fits[slot] === 1) slots[count++] = slot;
    this.count = count;
  }

  slotAt(index: number): number {
    return this.slots[index] as number;
  }

  nodeAt(index: number): NodeInfo {
    return this.cluster.inSlot(this.slotAt(index)) as NodeInfo;
  }

  /** Keeps the nodes that `refusal` says nothing against. */
  filter(refusal: (slot: number) => Rejection | undefined): void {
    const { slots, count } = this;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const slot = slots[i] as number;
      const refused = refusal(slot);
      if (refused) this.rejections.set(slot, refused);
      else slots[kept++] = slot;
    }
    this.count = kept;
  }
}
