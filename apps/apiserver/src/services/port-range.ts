import { randomInt } from 'node:crypto';

/** Ports to hand out, both ends included (portallocator.PortAllocator). */
export class PortRange {
  constructor(
    private readonly from: number,
    private readonly to: number,
  ) {}

  static parse(text: string): PortRange {
    const [from = 0, to = 0] = text.split('-').map(Number);
    return new PortRange(from, to);
  }

  contains(port: number): boolean {
    return port >= this.from && port <= this.to;
  }

  /** A free port: from the upper part, and from the lower, which is left to ports people choose, when that is full. */
  pick(taken: (port: number) => boolean): number | undefined {
    const dynamic = this.from + staticPart(this.to - this.from + 1);
    return scan(dynamic, this.to, taken) ?? scan(this.from, dynamic - 1, taken);
  }

  toString(): string {
    return `${this.from}-${this.to}`;
  }
}

/** calculateRangeOffset: a 32nd of the range, at least 16 and at most 128; nothing of a range that has only 16. */
function staticPart(size: number): number {
  return size <= 16 ? 0 : Math.min(Math.max(Math.floor(size / 32), 16), 128);
}

function scan(from: number, to: number, taken: (port: number) => boolean): number | undefined {
  const size = to - from + 1;
  if (size <= 0) return undefined;
  const start = randomInt(size);
  for (let step = 0; step < size; step++) {
    const port = from + ((start + step) % size);
    if (!taken(port)) return port;
  }
  return undefined;
}
