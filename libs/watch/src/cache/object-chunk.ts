import type { CachedObject } from './cache-contract';

export interface Entry {
  readonly key: string;
  readonly object: CachedObject;
}

export interface LabelValue {
  readonly key: string;
  readonly value: string;
}

/** Entries by the value of a label. */
type LabelIndex = Map<string, Entry[]>;
/** Label keys indexed for one chunk; a client that asks for ever new ones must not fill the memory. */
const maxIndexedLabels = 8;
const none: readonly Entry[] = [];

/** A run of entries in order. It never changes, so what is found out about it stays true for its life. */
export class ObjectChunk {
  private indexes: Map<string, LabelIndex> | undefined;

  constructor(readonly entries: readonly Entry[]) {}

  get first(): string {
    return this.entries[0]?.key ?? '';
  }

  isIndexedBy(label: string): boolean {
    return this.indexes?.has(label) ?? false;
  }

  withLabel({ key, value }: LabelValue): readonly Entry[] {
    this.indexes ??= new Map();
    let index = this.indexes.get(key);
    if (!index) {
      index = this.indexBy(key);
      const [oldest] = this.indexes.keys();
      if (this.indexes.size >= maxIndexedLabels && oldest !== undefined) this.indexes.delete(oldest);
      this.indexes.set(key, index);
    }
    return index.get(value) ?? none;
  }

  private indexBy(label: string): LabelIndex {
    const index: LabelIndex = new Map();
    for (const entry of this.entries) {
      const value = entry.object.labels[label];
      if (value === undefined) continue;
      const entries = index.get(value);
      if (entries) entries.push(entry);
      else index.set(value, [entry]);
    }
    return index;
  }
}

/** The place of a key, or where it would be. */
export function lowerBound(entries: readonly Entry[], key: string): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle] as Entry).key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
