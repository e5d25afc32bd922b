/** What plugins of one scheduling cycle leave for one another, keyed by the plugin that wrote it. */
export class CycleState {
  private readonly entries = new Map<string, unknown>();

  write<T>(key: string, value: T): void {
    this.entries.set(key, value);
  }

  /** The value written under key in this cycle. A missing one is a bug in the plugin that reads it. */
  read<T>(key: string): T {
    const value = this.entries.get(key);
    if (value === undefined) throw new Error(`cycle state ${JSON.stringify(key)} was read before it was written`);
    return value as T;
  }
}
