/** Pod ranges of one size cut from the cluster's range. */
export class CidrPool {
  private readonly base: number;
  private readonly step: number;
  private readonly count: number;
  private readonly used = new Set<number>();
  private next = 0;

  constructor(
    cluster: string,
    private readonly maskSize: number,
  ) {
    const [address = '', bits = ''] = cluster.split('/');
    const prefix = Number(bits);
    if (!/^\d+\.\d+\.\d+\.\d+$/.test(address) || !(prefix >= 0 && prefix <= maskSize && maskSize <= 32)) {
      throw new Error(`clusterCidr ${cluster} must be an IPv4 range that holds ranges of /${maskSize}`);
    }
    this.step = 2 ** (32 - maskSize);
    this.count = 2 ** (maskSize - prefix);
    this.base = Math.floor(toNumber(address) / (this.step * this.count)) * (this.step * this.count);
  }

  /** Marks a range that a node has; ranges from elsewhere are none of the pool's. */
  occupy(cidr: string): void {
    const index = this.indexOf(cidr);
    if (index !== undefined) this.used.add(index);
  }
  release(cidr: string): void {
    const index = this.indexOf(cidr);
    if (index !== undefined) this.used.delete(index);
  }

  /** A free range, taken round and round so that one given back is not given out at once; undefined when all are taken. */
  allocate(): string | undefined {
    for (let tried = 0; tried < this.count; tried++) {
      const index = (this.next + tried) % this.count;
      if (this.used.has(index)) continue;
      this.used.add(index);
      this.next = (index + 1) % this.count;
      return `${toAddress(this.base + index * this.step)}/${this.maskSize}`;
    }
    return undefined;
  }

  private indexOf(cidr: string): number | undefined {
    const index = (toNumber(cidr.split('/')[0] ?? '') - this.base) / this.step;
    return Number.isInteger(index) && index >= 0 && index < this.count ? index : undefined;
  }
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
function toAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
