import { setTimeout as sleep } from 'node:timers/promises';

export interface EventuallySettings {
  timeoutMs?: number;
  intervalMs?: number;
}

/** Calls `fn` until it does not throw, and gives its result; throws its last error when the time is over. */
export async function eventually<T>(
  fn: () => T | Promise<T>,
  { timeoutMs = 60_000, intervalMs = 50 }: EventuallySettings = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await fn();
    } catch (error) {
      if (Date.now() >= deadline) throw error;
      await sleep(intervalMs);
    }
  }
}
