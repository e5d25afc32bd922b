const mostEntries = 65_536;

/** Which slots changed, in order, so that a reader looks only at those since it last did. */
export class ChangeLog {
  private entries: number[] = [];
  private first = 0;

  push(slot: number): void {
    if (this.entries.length >= mostEntries) {
      const kept = this.entries.slice(mostEntries / 2);
      this.first += this.entries.length - kept.length;
      this.entries = kept;
    }
    this.entries.push(slot);
  }

  /** Where a reader is who has seen all. */
  get end(): number {
    return this.first + this.entries.length;
  }

  /** Calls `changed` for each change since the position; false when the log does not go back so far. */
  since(position: number, changed: (slot: number) => void): boolean {
    if (position < this.first) return false;
    for (let at = position - this.first; at < this.entries.length; at++) changed(this.entries[at] as number);
    return true;
  }
}
