import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { RuntimeError } from '../runtime-error';

/** Turns the runtime's one-time streaming URL into a connection that speaks SPDY/3.1 with the given sub-protocol. */
export function openSpdyUpgrade(url: string, protocol: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const upgrade = request(url, {
      method: 'POST',
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'SPDY/3.1',
        'X-Stream-Protocol-Version': protocol,
        'Content-Length': '0',
      },
      timeout: 30_000,
    });
    upgrade.on('upgrade', (_response, socket, head) => {
      socket.setTimeout(0);
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    upgrade.on('response', (response) => {
      response.resume();
      reject(new RuntimeError('Unavailable', `streaming server answered ${response.statusCode} instead of upgrading`));
    });
    upgrade.on('timeout', () => upgrade.destroy(new Error('timed out')));
    upgrade.on('error', (error) =>
      reject(new RuntimeError('Unavailable', `cannot reach the streaming server: ${error.message}`, { cause: error })),
    );
    upgrade.end();
  });
}
