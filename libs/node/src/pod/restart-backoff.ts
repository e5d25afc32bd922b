/** client-go's flowcontrol.Backoff for one key: 10 s, doubling to 5 min, forgotten after 10 min without a failure. */
export class Backoff {
  private delayMs = 0;
  private updatedAt = 0;

  constructor(
    private readonly initialMs = 10_000,
    private readonly maxMs = 300_000,
  ) {}

  /** Milliseconds still to wait at `now` after a failure at `failedAt`; 0 when the next try is due. */
  remaining(failedAt: number, now: number): number {
    if (this.delayMs === 0 || this.expired(failedAt)) return 0;
    return Math.max(0, failedAt + this.delayMs - now);
  }

  /** Counts a try made at `now` for a failure at `failedAt`. */
  next(failedAt: number, now: number): void {
    const fresh = this.delayMs === 0 || this.expired(failedAt);
    this.delayMs = fresh ? this.initialMs : Math.min(this.delayMs * 2, this.maxMs);
    this.updatedAt = now;
  }

  get delay(): number {
    return this.delayMs;
  }

  reset(): void {
    this.delayMs = 0;
  }

  private expired(failedAt: number): boolean {
    return failedAt - this.updatedAt > this.maxMs * 2;
  }
}
