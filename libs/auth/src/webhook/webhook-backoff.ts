import { setTimeout as delay } from 'node:timers/promises';
import { AnswerError } from '@nestor/api';

/** Waits between two attempts. */
export type Pause = (ms: number) => Promise<unknown>;

/** util/webhook DefaultRetryBackoffWithInitialDelay */
const attempts = 5;
const firstMs = 500;
const factor = 1.5;
const jitter = 0.2;

/** Tries again, after longer and longer pauses or those that the server asks for, what may be over soon. */
export async function withBackoff<T>(attempt: () => Promise<T>, pause: Pause = delay): Promise<T> {
  let wait = firstMs;
  for (let left = attempts; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left <= 1 || !mayPass(error)) throw error;
      const asked = error instanceof AnswerError ? error.retryAfterSeconds : undefined;
      await pause(asked === undefined ? wait * (1 + jitter * Math.random()) : asked * 1000);
      wait *= factor;
    }
  }
}

const passing: ReadonlySet<number> = new Set([429, 500, 504]);

/** util/webhook DefaultShouldRetry */
function mayPass(error: unknown): boolean {
  if (error instanceof AnswerError) return passing.has(error.code) || error.retryAfterSeconds !== undefined;
  const { code } = causeOf(error);
  return code === 'ECONNRESET' || code === 'EPIPE';
}

/** Whether an attempt failed for want of an answer in time, here or behind the server. */
export function isTimeout(error: unknown): boolean {
  if (error instanceof AnswerError) return error.code === 504;
  const { name, code } = causeOf(error);
  // The latter where the answer had begun.
  return name === 'TimeoutError' || code === 'ABORT_ERR';
}

const causeOf = (error: unknown): NodeJS.ErrnoException => ((error as Error).cause ?? error) as NodeJS.ErrnoException;
