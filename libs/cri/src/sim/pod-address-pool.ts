/** The addresses of one node's pod CIDR, handed out in turn, so that a freed one is not given to the next pod at once. */
export class PodAddressPool {
  private readonly used = new Set<number>();
  private readonly first: number;
  private readonly size: number;
  private last = 0;

  constructor(cidr: string) {
    const [network = '', bits = '24'] = cidr.split('/');
    this.first = network.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
    // The network's own address, the gateway and the broadcast address are nobody's.
    this.size = 2 ** (32 - Number(bits)) - 3;
  }

  take(): string | undefined {
    if (this.used.size >= this.size) return undefined;
    do this.last = (this.last + 1) % this.size;
    while (this.used.has(this.last));
    this.used.add(this.last);
    return format(this.first + 2 + this.last);
  }

  release(address: string): void {
    const value = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
    this.used.delete(value - this.first - 2);
  }
}

function format(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
