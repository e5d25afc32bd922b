import type { ClusterEvent } from '../framework/cluster-event';

/**
 * What happened while pods were being scheduled. A pod that turns out not to fit looks at what happened since it was
 * taken: such an event would otherwise have come too early to wake it and be lost.
 */
export class InFlightEvents<T> {
  private events: ClusterEvent[] = [];
  /** Number of the first of `events`. */
  private first = 0;
  /** Where each pod in flight begins to look; oldest first. */
  private readonly since = new Map<T, number>();

  get size(): number {
    return this.since.size;
  }

  begin(pod: T): void {
    this.since.set(pod, this.first + this.events.length);
  }

  record(event: ClusterEvent): void {
    if (this.since.size > 0) this.events.push(event);
  }

  /** The pod is no longer in flight; returns what it has missed. */
  end(pod: T): readonly ClusterEvent[] {
    const from = this.since.get(pod);
    if (from === undefined) return [];
    this.since.delete(pod);
    const missed = from - this.first < this.events.length ? this.events.slice(from - this.first) : [];
    this.trim();
    return missed;
  }

  private trim(): void {
    const oldest = this.since.values().next();
    const seen = oldest.done ? this.events.length : oldest.value - this.first;
    if (seen === 0) return;
    this.events = seen === this.events.length ? [] : this.events.slice(seen);
    this.first += seen;
  }
}
