/** What plugins of one scheduling cycle leave for one another, keyed by the plugin that wrote it. */
export class CycleState {
  private readonly entries = new Map<string, unknown>();
  /** Plugins whose pre-filter had nothing to say about this pod: their filter is not called. */
  skippedFilters: ReadonlySet<string> = new Set();

  write<T>(key: string, value: T): void {
    this.entries.set(key, value);
  }

  /** The value written under key in this cycle, if any. */
  peek<T>(key: string): T | undefined {
    return this.entries.get(key) as T | undefined;
  }

  /** A copy to try changes on: entries with a clone() are copied by it, the others are shared. */
  clone(): CycleState {
    const copy = new CycleState();
    copy.skippedFilters = this.skippedFilters;
    for (const [key, value] of this.entries) {
      const cloneable = value as { clone?: () => unknown } | null;
      copy.entries.set(key, typeof cloneable?.clone === 'function' ? cloneable.clone() : value);
    }
    return copy;
  }

  /** The value written under key in this cycle. A missing one is a bug in the plugin that reads it. */
  read<T>(key: string): T {
    const value = this.entries.get(key);
    if (value === undefined) throw new Error(`cycle state ${JSON.stringify(key)} was read before it was written`);
    return value as T;
  }
}
