import type { Dispatcher } from 'undici';
import { getText } from './load';

/** What the server's own measurement adds to every sample: the interval of its timer. */
const timerMs = 10;

/**
 * The longest time in milliseconds that the server's event loop was not free since this was last asked, from its
 * metrics, which start over at each reading. Undefined for a server that does not tell.
 */
export async function longestStallMs(client: Dispatcher): Promise<number | undefined> {
  const text = await getText(client, '/metrics').catch(() => '');
  const seconds = /^nodejs_eventloop_lag_max_seconds (\S+)/m.exec(text)?.[1];
  return seconds === undefined ? undefined : Math.max(0, Number(seconds) * 1000 - timerMs);
}
