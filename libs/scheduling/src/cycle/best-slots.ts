/**
 * The highest of many numbers and how often it occurs, kept while single ones change: a tree whose nodes hold the
 * higher of their two children. Finding one of the highest and changing one number both take log(n) steps.
 */
export class BestSlots {
  private leaves = 1;
  private tops = new Float64Array(2).fill(-Infinity);
  private counts = new Int32Array(2);

  /** Makes room for slots below `size`; those not set are no candidates. */
  grow(size: number): void {
    if (size <= this.leaves) return;
    const before = this.tops.subarray(this.leaves);
    let leaves = this.leaves;
    while (leaves < size) leaves *= 2;
    this.leaves = leaves;
    this.tops = new Float64Array(2 * leaves).fill(-Infinity);
    this.counts = new Int32Array(2 * leaves);
    this.tops.set(before, leaves);
    for (let at = leaves; at < 2 * leaves; at++) this.counts[at] = this.tops[at] === -Infinity ? 0 : 1;
    for (let at = leaves - 1; at >= 1; at--) this.join(at);
  }

  /** -Infinity takes the slot out. */
  set(slot: number, value: number): void {
    let at = this.leaves + slot;
    if (this.tops[at] === value) return;
    this.tops[at] = value;
    this.counts[at] = value === -Infinity ? 0 : 1;
    for (at >>= 1; at >= 1; at >>= 1) this.join(at);
  }

  /** One of the slots with the highest value, each equally likely; undefined when there is no candidate. */
  pick(random: () => number): number | undefined {
    const { tops, counts, leaves } = this;
    const ties = counts[1] as number;
    if (ties === 0) return undefined;
    let skip = ties === 1 ? 0 : Math.floor(random() * ties);
    let at = 1;
    while (at < leaves) {
      const left = 2 * at;
      const here = tops[left] === tops[at] ? (counts[left] as number) : 0;
      if (skip < here) at = left;
      else {
        skip -= here;
        at = left + 1;
      }
    }
    return at - leaves;
  }

  private join(at: number): void {
    const { tops, counts } = this;
    const left = tops[2 * at] as number;
    const right = tops[2 * at + 1] as number;
    tops[at] = Math.max(left, right);
    counts[at] =
      (left >= right ? (counts[2 * at] as number) : 0) + (right >= left ? (counts[2 * at + 1] as number) : 0);
  }
}
