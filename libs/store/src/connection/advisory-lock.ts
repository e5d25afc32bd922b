import type { HeldLock } from '../truth-store';
import { clientSettings, type ConnectionLimits } from './client-settings';
import { PrimaryClient } from './primary-client';

const checkMs = 1000;

/**
 * A session-level advisory lock on a connection of its own. Postgres frees it when the connection ends, the holder
 * learns of that by a check every second; in between two may believe they hold it, so work under it must bear that.
 */
export async function acquireAdvisoryLock(
  url: string,
  limits: ConnectionLimits,
  name: string,
  signal: AbortSignal,
): Promise<HeldLock> {
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await tryAcquire(url, limits, name, signal);
    } catch (error) {
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, Math.min(50 * 2 ** attempt, 2000)));
      if (attempt > 1000) throw error;
    }
  }
}

async function tryAcquire(url: string, limits: ConnectionLimits, name: string, signal: AbortSignal): Promise<HeldLock> {
  // Waiting for the lock is a statement without end.
  const client = new PrimaryClient({
    ...clientSettings(url, `lock-${name}`, limits),
    statement_timeout: 0,
    query_timeout: 0,
  });
  const lost = new AbortController();
  const giveUp = (): void => {
    lost.abort();
    client.connection?.stream.destroy();
  };
  client.on('error', giveUp);
  client.on('end', () => lost.abort());
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await client.connect();
    await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`nestor/${name}`]);
  } catch (error) {
    giveUp();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
  const check = setInterval(() => {
    const overdue = setTimeout(giveUp, 3 * checkMs);
    client.query('SELECT 1').then(
      () => clearTimeout(overdue),
      () => {
        clearTimeout(overdue);
        giveUp();
      },
    );
  }, checkMs);
  check.unref();
  lost.signal.addEventListener('abort', () => clearInterval(check), { once: true });
  return {
    lost: lost.signal,
    async release() {
      clearInterval(check);
      // Ending the session frees the lock.
      await client.end().catch(() => undefined);
    },
  };
}
