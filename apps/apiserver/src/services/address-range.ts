import { randomInt } from 'node:crypto';

/** An IPv4 CIDR to hand addresses out of. The network and broadcast addresses are nobody's. */
export class AddressRange {
  private readonly base: number;
  readonly size: number;
  constructor(readonly cidr: string) {
    const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
    if (!match) throw new TypeError(`not an IPv4 CIDR: ${cidr}`);
    const [a, b, c, d, bits] = match.slice(1).map(Number) as [number, number, number, number, number];
    this.size = 2 ** (32 - bits);
    const address = ((a * 256 + b) * 256 + c) * 256 + d;
    this.base = address - (address % this.size);
  }

  /** The nth address; 0 is the network's own. */
  at(index: number): string {
    const address = this.base + index;
    return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join('.');
  }

  contains(ip: string): boolean {
    const parts = ip.split('.').map(Number);
    if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return false;
    const address = parts.reduce((sum, part) => sum * 256 + part, 0);
    return address > this.base && address < this.base + this.size - 1;
  }

  /** A free address from the upper part, as upstream leaves the lower for addresses people choose. */
  pick(taken: (ip: string) => boolean): string | undefined {
    const reserved = Math.min(Math.max(16, Math.floor(this.size / 16)), 256);
    const low = this.size > reserved * 2 ? reserved : 2;
    return this.scan(low, this.size - 1, taken) ?? this.scan(2, low, taken);
  }

  private scan(from: number, to: number, taken: (ip: string) => boolean): string | undefined {
    if (to <= from) return undefined;
    const start = randomInt(from, to);
    for (let step = 0; step < to - from; step++) {
      const ip = this.at(from + ((start - from + step) % (to - from)));
      if (!taken(ip)) return ip;
    }
    return undefined;
  }
}
