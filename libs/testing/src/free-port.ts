import { createServer } from 'node:net';

/**
 * Below the ports that the kernel gives to outgoing connections: none of those takes one between its choice and its use,
 * nor while the server that had it is started again.
 */
const [first, end] = [12_000, 30_000];
/** Each worker of jest chooses among its own. */
const share = (end - first) / 8;
const base = first + (Number(process.env['JEST_WORKER_ID'] ?? 0) % 8) * share;
let next = Math.floor(Math.random() * share);

/** Another one at each call. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < share; tries++) {
    const port = base + (next++ % share);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${base} to ${base + share - 1} is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
