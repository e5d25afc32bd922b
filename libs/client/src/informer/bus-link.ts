import type { Bus, BusMessage, Subscription } from '@nestor/watch';

/**
 * Tells a quiet bus from a broken one for all informers of a process: the bus is healthy while it is connected and
 * something, at least a bookmark, has been heard lately.
 */
export class BusLink {
  private heardAt = Date.now();
  private wasHealthy: boolean;
  private readonly listeners = new Set<(healthy: boolean) => void>();
  private readonly bookmarkListeners = new Set<(revision: number) => void>();
  private readonly state: Subscription;
  private readonly timer: NodeJS.Timeout;

  constructor(
    readonly bus: Bus,
    private readonly silenceMs = 10_000,
  ) {
    this.wasHealthy = bus.connected;
    this.state = bus.onState((connected) => {
      // A reconnect may have lost messages: whoever was live must see the break even if it is over by now.
      if (connected) this.heardAt = Date.now();
      else this.update(false);
      this.check();
    });
    this.timer = setInterval(() => this.check(), Math.max(20, silenceMs / 5));
    this.timer.unref();
  }

  get healthy(): boolean {
    return this.bus.connected && Date.now() - this.heardAt < this.silenceMs;
  }

  heard(): void {
    this.heardAt = Date.now();
    if (!this.wasHealthy) this.check();
  }

  onChange(listener: (healthy: boolean) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  onBookmark(listener: (revision: number) => void): () => void {
    this.bookmarkListeners.add(listener);
    return () => this.bookmarkListeners.delete(listener);
  }

  close(): void {
    clearInterval(this.timer);
    this.state.unsubscribe();
  }

  /** Takes a message of bookmarkSubject. Whoever makes the link sees to it that they come. */
  bookmark(message: Pick<BusMessage, 'revision'>): void {
    this.heard();
    for (const listener of this.bookmarkListeners) listener(message.revision);
  }

  private check(): void {
    this.update(this.healthy);
  }
  private update(healthy: boolean): void {
    if (healthy === this.wasHealthy) return;
    this.wasHealthy = healthy;
    for (const listener of [...this.listeners]) listener(healthy);
  }
}
