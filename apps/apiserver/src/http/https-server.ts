import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface HttpsServerOptions {
  certFile: string;
  keyFile: string;
  clientCaFile: string;
}

const headerTimeoutMs = 30_000;
const keepAliveMs = 120_000;

/** A bare node:https server: client certificates are asked for and judged later, so that a token may stand in for one. */
export function createHttpsServer(
  options: HttpsServerOptions,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
  onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): Server {
  const server = createServer(
    {
      cert: read('tls-cert-file', options.certFile),
      key: read('tls-private-key-file', options.keyFile),
      ca: read('client-ca-file', options.clientCaFile),
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      maxHeaderSize: 64 * 1024,
      headersTimeout: headerTimeoutMs,
      requestTimeout: 60_000,
      keepAliveTimeout: keepAliveMs,
      noDelay: true,
    },
    onRequest,
  );
  server.on('upgrade', onUpgrade);
  // A client that breaks off its handshake or its request is no event of ours.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  return server;
}

function read(flag: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`--${flag}: cannot read ${file}`, { cause: error });
  }
}

export function listen(server: Server, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(server.address() as AddressInfo);
    });
  });
}
