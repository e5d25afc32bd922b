/** How long an item waits before it is tried again. */
export interface RateLimiter {
  next(key: string): number;
  forget(key: string): void;
  retries(key: string): number;
}

/** client-go's ItemExponentialFailureRateLimiter with its defaults: 5 ms doubled per failure, at most 1000 s. */
export class ExponentialRateLimiter implements RateLimiter {
  private readonly failures = new Map<string, number>();
  constructor(
    private readonly baseMs = 5,
    private readonly maxMs = 1_000_000,
  ) {}

  next(key: string): number {
    const failed = this.failures.get(key) ?? 0;
    this.failures.set(key, failed + 1);
    return Math.min(this.maxMs, this.baseMs * 2 ** failed);
  }
  forget(key: string): void {
    this.failures.delete(key);
  }
  retries(key: string): number {
    return this.failures.get(key) ?? 0;
  }
}
