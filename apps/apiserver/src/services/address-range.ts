import { randomInt } from 'node:crypto';
import { formatIp, isHostOf, parseCidr, parseIp, type IpFamily, type IpRange } from '@nestor/api';

/** How far the start of a search is spread in ranges that are larger than any cluster. */
const widestSpread = 1n << 40n;

/** A CIDR to hand addresses out of (ipallocator.Allocator). The network's address and the IPv4 broadcast address are nobody's. */
export class AddressRange {
  readonly range: IpRange;
  private readonly first: bigint;
  private readonly last: bigint;
  /** Where the part for addresses that the server picks begins. */
  private readonly dynamic: bigint;

  constructor(readonly cidr: string) {
    const range = parseCidr(cidr);
    if (!range) throw new TypeError(`not a CIDR: ${cidr}`);
    this.range = range;
    this.first = range.base + 1n;
    this.last = range.family === 'IPv4' ? range.last - 1n : range.last;
    this.dynamic = this.first + staticPart(range.last - range.base + 1n);
  }

  get family(): IpFamily {
    return this.range.family;
  }

  /** The nth address; 0 is the network's own. */
  at(index: number): string {
    return this.format(this.range.base + BigInt(index));
  }

  contains(ip: string): boolean {
    const parsed = parseIp(ip);
    return parsed !== undefined && isHostOf(this.range, parsed);
  }

  /** A free address: from the upper part, and from the lower, which is left to addresses people choose, when that is full. */
  pick(taken: (ip: string) => boolean): string | undefined {
    return this.scan(this.dynamic, this.last, taken) ?? this.scan(this.first, this.dynamic - 1n, taken);
  }

  private scan(from: bigint, to: bigint, taken: (ip: string) => boolean): string | undefined {
    const size = to - from + 1n;
    if (size <= 0n) return undefined;
    const spread = size < widestSpread ? size : widestSpread;
    const start = BigInt(randomInt(Number(spread)));
    for (let step = 0n; step < size; step++) {
      const ip = this.format(from + ((start + step) % size));
      if (!taken(ip)) return ip;
    }
    return undefined;
  }

  private format(value: bigint): string {
    return formatIp({ family: this.range.family, value });
  }
}

/** calculateRangeOffset: a sixteenth of the range, at least 16 and at most 256; nothing of a range that has only 16. */
function staticPart(size: bigint): bigint {
  if (size <= 16n) return 0n;
  const part = size / 16n;
  return part < 16n ? 16n : part > 256n ? 256n : part;
}
