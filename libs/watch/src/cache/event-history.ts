import type { Revision } from '../change-source';
import type { CacheEvent } from './cache-event';

export interface HistoryLimits {
  maxEvents: number;
  /** Bytes of states that only the history still holds. */
  maxBytes: number;
}
export const defaultHistoryLimits: HistoryLimits = { maxEvents: 4096, maxBytes: 8 * 1024 * 1024 };

/** The recent events of a resource, for watches that resume and for pages of an older list. */
export class EventHistory {
  private events: CacheEvent[] = [];
  /** Index of the oldest kept; the array is cut now and then, not at every event. */
  private head = 0;
  private bytes = 0;
  /** Everything behind this revision is here. */
  private start: Revision;

  constructor(
    from: Revision,
    private readonly limits: HistoryLimits,
  ) {
    this.start = from;
  }

  get from(): Revision {
    return this.start;
  }

  add(event: CacheEvent): void {
    this.events.push(event);
    this.bytes += oldBytes(event);
    while (this.events.length - this.head > this.limits.maxEvents || this.bytes > this.limits.maxBytes) {
      this.dropOldest();
      if (this.head === this.events.length) break;
    }
    if (this.head > 1024 && this.head * 2 > this.events.length) this.cut();
  }

  /** Drops the events up to a revision. */
  forgetUpTo(revision: Revision): void {
    while (this.head < this.events.length && (this.events[this.head] as CacheEvent).revision <= revision) {
      this.dropOldest();
    }
    this.cut();
    this.start = Math.max(this.start, revision);
  }

  /** Events with a greater revision, oldest first. Complete only for revision >= from. */
  after(revision: Revision): CacheEvent[] {
    let low = this.head;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.events[middle] as CacheEvent).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return this.events.slice(low);
  }

  private dropOldest(): void {
    const oldest = this.events[this.head] as CacheEvent;
    this.head += 1;
    this.start = oldest.revision;
    this.bytes -= oldBytes(oldest);
  }

  private cut(): void {
    this.events = this.events.slice(this.head);
    this.head = 0;
  }
}

const oldBytes = (event: CacheEvent): number =>
  (event.previous?.bytes.length ?? 0) + (event.type === 'DELETED' ? event.object.bytes.length : 0);
