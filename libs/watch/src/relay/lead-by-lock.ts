export interface LockSource {
  /** Waits for a cluster-wide lock; `lost` aborts when it may be somebody else's. */
  acquireLock(name: string, signal: AbortSignal): Promise<{ readonly lost: AbortSignal; release(): Promise<void> }>;
}

export interface Leading {
  source: LockSource;
  /** Of the lock. */
  name: string;
  /** One term; its signal aborts when the term is over. */
  lead(term: AbortSignal): Promise<void>;
  onError(error: unknown): void;
  /** Between a term or an attempt that failed and the next. */
  retryMs: number;
}

/** Does what one replica at a time may do: term after term under a lock of the store, until `signal` aborts. */
export async function leadByLock(
  { source, name, lead, onError, retryMs }: Leading,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const lock = await source.acquireLock(name, signal);
      try {
        await lead(AbortSignal.any([signal, lock.lost]));
      } finally {
        await lock.release();
      }
    } catch (error) {
      if (signal.aborted) return;
      onError(error);
      await pause(retryMs, signal);
    }
  }
}

/** Ends early when `signal` aborts, at once where it has. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
