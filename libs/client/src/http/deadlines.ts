/** How often the deadlines are looked at; they are kept to this much. */
const sweepMs = 250;

/** What has only so much time. */
export interface Limited {
  /** On the clock of `performance.now`. */
  readonly endsAt: number;
  expire(): void;
}

/** The time limits of requests under way, all kept by one timer: a timer and an AbortSignal for each cost more than the request's own bookkeeping. */
export class Deadlines {
  private readonly open = new Set<Limited>();
  private timer: NodeJS.Timeout | undefined;

  add(limited: Limited): void {
    this.open.add(limited);
    this.timer ??= setInterval(() => this.sweep(), sweepMs);
  }

  delete(limited: Limited): void {
    this.open.delete(limited);
  }

  private sweep(): void {
    const now = performance.now();
    for (const limited of this.open) {
      if (limited.endsAt > now) continue;
      this.open.delete(limited);
      limited.expire();
    }
    if (this.open.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
