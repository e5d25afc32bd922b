import { formatCidr, parseCidr, rangesOverlap, type IpFamily, type IpRange } from '@nestor/api';

const widths = { IPv4: 32, IPv6: 128 } as const;
/** As far as one set of ranges goes upstream. */
const mostBits = 16;

/** Pod ranges of one size cut from a range of the cluster's (cidrset.CidrSet). */
export class CidrPool {
  private readonly range: IpRange;
  private readonly step: bigint;
  private readonly count: number;
  private readonly used = new Set<number>();
  private next = 0;

  constructor(
    cluster: string,
    private readonly maskSize: number,
  ) {
    const range = parseCidr(cluster);
    const width = range ? widths[range.family] : 0;
    if (!range || maskSize < range.bits || maskSize > width) {
      throw new Error(`clusterCidr ${cluster} must be a range that holds ranges of /${maskSize}`);
    }
    if (range.family === 'IPv6' && maskSize - range.bits > mostBits) {
      throw new Error(
        `clusterCidr ${cluster} holds too many ranges of /${maskSize}: at most 2^${mostBits} are kept track of`,
      );
    }
    this.range = range;
    this.step = 1n << BigInt(width - maskSize);
    this.count = 2 ** (maskSize - range.bits);
  }

  get family(): IpFamily {
    return this.range.family;
  }

  /** Marks what a node has, or Services: larger ranges take all that is in them. Ranges from elsewhere are none of the pool's. */
  occupy(cidr: string): void {
    for (const index of this.indices(cidr)) this.used.add(index);
  }
  release(cidr: string): void {
    for (const index of this.indices(cidr)) this.used.delete(index);
  }

  /** A free range, taken round and round so that one given back is not given out at once; undefined when all are taken. */
  allocate(): string | undefined {
    for (let tried = 0; tried < this.count; tried++) {
      const index = (this.next + tried) % this.count;
      if (this.used.has(index)) continue;
      this.used.add(index);
      this.next = (index + 1) % this.count;
      const base = this.range.base + BigInt(index) * this.step;
      return formatCidr({ ...this.range, base, bits: this.maskSize });
    }
    return undefined;
  }

  private indices(cidr: string): number[] {
    const other = parseCidr(cidr);
    if (!other || !rangesOverlap(this.range, other)) return [];
    const from = other.base > this.range.base ? Number((other.base - this.range.base) / this.step) : 0;
    const to = other.last < this.range.last ? Number((other.last - this.range.base) / this.step) : this.count - 1;
    return Array.from({ length: to - from + 1 }, (_, at) => from + at);
  }
}
