import type { ClientRequest, IncomingMessage } from 'node:http';
import { ApiError, serviceUnavailable } from '@nestor/api';
import type { Exchange } from '../http/exchange';

const hopByHop: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade']);

/** Passes another server's answer on as it comes; either side going away ends the other. */
export function relayResponse(exchange: Exchange, upstream: ClientRequest): Promise<void> {
  const { response } = exchange;
  response.on('close', () => upstream.destroy());
  return new Promise((resolve, reject) => {
    upstream.on('error', (error) => {
      if (response.headersSent || response.destroyed) {
        response.destroy();
        resolve();
      } else if (error instanceof ApiError) reject(error);
      else reject(serviceUnavailable(`error dialing backend: ${error.message}`, 1, error));
    });
    upstream.on('response', (answer: IncomingMessage) => {
      for (const [name, value] of Object.entries(answer.headers)) {
        if (value !== undefined && !hopByHop.has(name)) response.setHeader(name, value);
      }
      response.writeHead(answer.statusCode ?? 502);
      response.flushHeaders();
      answer.pipe(response);
      answer.on('error', () => response.destroy());
      answer.on('end', resolve);
      answer.on('close', resolve);
    });
  });
}
