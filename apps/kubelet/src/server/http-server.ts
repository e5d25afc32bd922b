import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { createLogger } from '@nestor/telemetry';
import { errorAnswer } from './http-error';

const log = createLogger('kubelet-server');

/** How long a client may take to send a request, in milliseconds: answers and streams may take as long as they like. */
export const serverLimits = {
  headersTimeout: 30_000,
  requestTimeout: 60_000,
  // As upstream: what Go's clients keep connections for.
  keepAliveTimeout: 90_000,
  maxHeaderSize: 1024 * 1024,
};

type Server = HttpServer | HttpsServer;

export function listenOn(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new Error(`cannot listen on ${address}:${port}: ${error.message}`)));
    server.listen(port, address, resolve);
  });
}

export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

/** Answers with what is thrown, or breaks off where an answer has begun. */
export async function answering(
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  serve: () => Promise<void>,
): Promise<void> {
  try {
    await serve();
  } catch (error) {
    const { status, headers, body } = errorAnswer(error);
    if (status === 500) log.warn({ path: request.url, error: String(error) }, 'request failed');
    if (response.headersSent) return void response.destroy();
    response.writeHead(status, headers);
    response.end(body);
  }
}
