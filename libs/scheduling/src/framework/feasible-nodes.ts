import type { ClusterView } from '../cache/cluster-view';
import type { NodeInfo } from '../cache/node-info';
import type { Rejection } from './rejection';

/** The nodes of one scheduling cycle that no plugin has refused yet, by slot, in the order they are looked at. */
export class FeasibleNodes {
  private list: Int32Array<ArrayBuffer> = new Int32Array(0);
  private length = 0;
  /** Fills the list when somebody first looks at it: many cycles end without. */
  private fill: (() => void) | undefined;
  /** Why nodes left the list, by slot. */
  readonly rejections = new Map<number, Rejection>();

  constructor(readonly cluster: ClusterView) {}

  /** Starts the next cycle with an empty list, or with what `fill` will put there. */
  reset(fill?: () => void): void {
    const size = this.cluster.slotCount;
    if (this.list.length < size) this.list = new Int32Array(Math.max(size, this.list.length * 2));
    this.length = 0;
    this.rejections.clear();
    this.fill = fill;
  }

  /** The first `count` entries count. */
  get slots(): Int32Array<ArrayBuffer> {
    this.settle();
    return this.list;
  }

  get count(): number {
    this.settle();
    return this.length;
  }

  push(slot: number): void {
    this.list[this.length++] = slot;
  }

  /** Adds the slots from `first` to before `end` that `fits` marks with 1. */
  take(fits: Uint8Array, first: number, end: number): void {
    const { list } = this;
    let { length } = this;
    for (let slot = first; slot < end; slot++) if (fits[slot] === 1) list[length++] = slot;
    this.length = length;
  }

  /** Keeps at most this many. */
  truncate(count: number): void {
    if (count < this.count) this.length = count;
  }

  nodeAt(index: number): NodeInfo {
    return this.cluster.inSlot(this.slots[index] as number) as NodeInfo;
  }

  /** Keeps the nodes that `refusal` says nothing against, and no more than `most`. */
  filter(refusal: (slot: number) => Rejection | undefined, most = Infinity): void {
    const { slots, count } = this;
    let kept = 0;
    for (let i = 0; i < count && kept < most; i++) {
      const slot = slots[i] as number;
      const refused = refusal(slot);
      if (refused) this.rejections.set(slot, refused);
      else slots[kept++] = slot;
    }
    this.length = kept;
  }

  /** The same for plugins that are asked about nodes one by one. */
  filterEach(refusal: (node: NodeInfo) => Rejection | undefined): void {
    this.filter((slot) => refusal(this.cluster.inSlot(slot) as NodeInfo));
  }

  private settle(): void {
    const { fill } = this;
    this.fill = undefined;
    fill?.();
  }
}
