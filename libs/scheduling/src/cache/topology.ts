/** Grows a typed array by doubling; what is new is `fill`. */
export function grown(column: Int32Array<ArrayBuffer>, size: number, fill = 0): Int32Array<ArrayBuffer> {
  if (size <= column.length) return column;
  const wider = new Int32Array(Math.max(size, column.length * 2, 16)).fill(fill, column.length);
  wider.set(column);
  return wider;
}

/**
 * The nodes by their value of one label. Each value gets a small number, its domain, so that counting by domain is
 * an array index and not a look-up by text. Slots are those of ClusterView.
 */
export class Topology {
  /** The domain of each slot, -1 where the node lacks the label or the slot is empty. */
  domains: Int32Array<ArrayBuffer> = new Int32Array(0);
  private readonly byValue = new Map<string, number>();
  private readonly values: string[] = [];
  private readonly sizes: number[] = [];
  private readonly free: number[] = [];

  constructor(readonly key: string) {}

  /** Domains are below this number. */
  get size(): number {
    return this.values.length;
  }

  set(slot: number, value: string | undefined): void {
    this.domains = grown(this.domains, slot + 1, -1);
    const before = this.domains[slot] as number;
    if (before >= 0 && this.values[before] === value) return;
    const domain = value === undefined ? -1 : this.domainOf(value);
    if (domain >= 0) this.sizes[domain] = (this.sizes[domain] ?? 0) + 1;
    this.domains[slot] = domain;
    if (before >= 0) this.leave(before);
  }

  at(slot: number): number {
    return this.domains[slot] ?? -1;
  }

  private domainOf(value: string): number {
    const known = this.byValue.get(value);
    if (known !== undefined) return known;
    const domain = this.free.pop() ?? this.values.length;
    this.values[domain] = value;
    this.sizes[domain] = 0;
    this.byValue.set(value, domain);
    return domain;
  }

  /** The number of a value that no node has any more is given to the next new one: host names come and go for ever. */
  private leave(domain: number): void {
    const left = (this.sizes[domain] as number) - 1;
    this.sizes[domain] = left;
    if (left > 0) return;
    this.byValue.delete(this.values[domain] as string);
    this.values[domain] = '';
    this.free.push(domain);
  }
}
