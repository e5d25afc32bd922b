import { setTimeout as delay } from 'node:timers/promises';

/** Exponential waiting between attempts, with jitter so that many clients do not come back at once. */
export class Backoff {
  private failures = 0;
  constructor(
    private readonly baseMs: number,
    private readonly maxMs: number,
  ) {}

  /** No failure since the start or the last success. */
  get isFresh(): boolean {
    return this.failures === 0;
  }

  reset(): void {
    this.failures = 0;
  }

  /** Waits; returns at once, without throwing, when the signal aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    const exponential = Math.min(this.maxMs, this.baseMs * 2 ** this.failures++);
    await pause(exponential * (0.5 + Math.random() / 2), signal);
  }
}

/** A timer that an abort ends early and quietly. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal, ref: true });
  } catch {
    // Only the abort rejects, and the caller looks at the signal next.
  }
}
