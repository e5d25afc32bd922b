/** What was written last, first; a later write of the same thing moves it to the end. */
export class ExpiryQueue {
  private readonly entries = new Map<string, { revision: number; writtenAt: number }>();

  constructor(private readonly lifeMs: number) {}

  get size(): number {
    return this.entries.size;
  }

  written(key: string, revision: number, writtenAt: number): void {
    this.entries.delete(key);
    this.entries.set(key, { revision, writtenAt });
  }

  removed(key: string): void {
    this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }

  /** At most `limit` of those whose life is over, in order; costs nothing for the others. */
  due(now: number, limit: number): { key: string; revision: number }[] {
    const due: { key: string; revision: number }[] = [];
    for (const [key, { revision, writtenAt }] of this.entries) {
      if (due.length === limit || now - writtenAt < this.lifeMs) break;
      due.push({ key, revision });
    }
    return due;
  }
}
