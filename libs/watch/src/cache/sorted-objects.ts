import type { CachedObject } from './cache-contract';
import { type Entry, type LabelValue, lowerBound, ObjectChunk } from './object-chunk';

/** The order of etcd's keys: "namespace/name", bytewise. Names are ASCII, so comparing strings compares bytes. */
export const objectKey = (namespace: string, name: string): string =>
  namespace === '' ? name : `${namespace}/${name}`;

const chunkSize = 128;
const emptyChunk = new ObjectChunk([]);

/**
 * An immutable sorted map in chunks. A change copies one chunk and the list of chunks and shares the rest (a few
 * microseconds at 100,000 objects), so every version is a snapshot that costs nothing to keep.
 */
export class SortedObjects {
  static readonly empty = new SortedObjects([], [], 0);
  /** Labels that every chunk of this version is indexed by. */
  private indexed: Set<string> | undefined;

  private constructor(
    private readonly chunks: readonly ObjectChunk[],
    /** The first key of each chunk, side by side: looking for one reads little memory that is not near. */
    private readonly firsts: readonly string[],
    readonly size: number,
  ) {}

  static from(objects: readonly CachedObject[]): SortedObjects {
    const entries = objects.map((object): Entry => ({ key: objectKey(object.namespace, object.name), object }));
    entries.sort((a, b) => (a.key < b.key ? -1 : 1));
    const chunks: ObjectChunk[] = [];
    for (let at = 0; at < entries.length; at += chunkSize) {
      chunks.push(new ObjectChunk(entries.slice(at, at + chunkSize)));
    }
    return new SortedObjects(chunks, firstsOf(chunks), entries.length);
  }

  get(key: string): CachedObject | undefined {
    const { entries } = this.chunkAt(this.chunkOf(key));
    const entry = entries[lowerBound(entries, key)];
    return entry?.key === key ? entry.object : undefined;
  }

  with(key: string, object: CachedObject): SortedObjects {
    const at = this.chunkOf(key);
    const entries = this.chunkAt(at).entries.slice();
    const index = lowerBound(entries, key);
    const old = entries[index];
    if (old?.key === key) {
      // The key that is there already: the new one would be a string more.
      entries[index] = { key: old.key, object };
      return this.replaced(at, [new ObjectChunk(entries)], this.size);
    }
    entries.splice(index, 0, { key, object });
    const half = entries.length >> 1;
    const parts = entries.length > 2 * chunkSize ? [entries.slice(0, half), entries.slice(half)] : [entries];
    return this.replaced(
      at,
      parts.map((part) => new ObjectChunk(part)),
      this.size + 1,
    );
  }

  without(key: string): SortedObjects {
    const at = this.chunkOf(key);
    const old = this.chunkAt(at).entries;
    const index = lowerBound(old, key);
    if (old[index]?.key !== key) return this;
    const entries = old.slice();
    entries.splice(index, 1);
    return this.replaced(at, entries.length > 0 ? [new ObjectChunk(entries)] : [], this.size - 1);
  }

  /** In order, from the first key at or behind `from`; with a label only those that have it. */
  *startingAt(from: string, label?: LabelValue): Generator<CachedObject> {
    const start = this.chunkOf(from);
    for (let at = start; at < this.chunks.length; at += 1) {
      const chunk = this.chunkAt(at);
      const entries = label ? chunk.withLabel(label) : chunk.entries;
      for (let index = at === start ? lowerBound(entries, from) : 0; index < entries.length; index += 1) {
        yield (entries[index] as Entry).object;
      }
    }
  }

  /** What startingAt() and a selector find out once for each object, in steps of one chunk. */
  *indexing(from: string, label?: LabelValue): Generator<void> {
    if (label && this.indexed?.has(label.key)) return;
    const start = this.chunkOf(from);
    for (let at = start; at < this.chunks.length; at += 1) {
      const chunk = this.chunkAt(at);
      if (label?.key !== undefined && chunk.isIndexedBy(label.key)) continue;
      if (label) chunk.withLabel(label);
      else for (const { object } of chunk.entries) void object.labels;
      yield;
    }
    if (label && start === 0) (this.indexed ??= new Set()).add(label.key);
  }

  /** How many keys come before this one. */
  rank(key: string): number {
    const own = this.chunkOf(key);
    let before = lowerBound(this.chunkAt(own).entries, key);
    for (let at = 0; at < own; at += 1) before += this.chunkAt(at).entries.length;
    return before;
  }

  private chunkAt(at: number): ObjectChunk {
    return this.chunks[at] ?? emptyChunk;
  }

  /** The last chunk that starts at or before the key. */
  private chunkOf(key: string): number {
    let low = 0;
    let high = this.firsts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.firsts[middle] as string) <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private replaced(at: number, parts: readonly ObjectChunk[], size: number): SortedObjects {
    const chunks = this.chunks.slice();
    chunks.splice(at, 1, ...parts);
    if (parts.length === 1 && parts[0]?.first === this.firsts[at]) return new SortedObjects(chunks, this.firsts, size);
    const firsts = this.firsts.slice();
    firsts.splice(at, 1, ...firstsOf(parts));
    return new SortedObjects(chunks, firsts, size);
  }
}

const firstsOf = (chunks: readonly ObjectChunk[]): string[] => chunks.map(({ first }) => first);
