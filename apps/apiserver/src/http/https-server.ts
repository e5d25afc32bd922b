import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** PEM texts. */
export interface TlsMaterial {
  cert: string;
  key: string;
  /** Who signs clients. */
  ca: readonly string[];
}

/** What bounds the wait for a client of HTTP/1.1; Node reads them off the server, HTTP/2 or not. */
const http1Timeouts = { headersTimeout: 30_000, requestTimeout: 60_000, keepAliveTimeout: 120_000 };
const maxHeaderBytes = 64 * 1024;
/** client-go puts all its watches on one connection; upstream allows as many. */
const maxConcurrentStreams = 250;
/** MiB that one connection's streams may hold; Node's 10 break off a client with two large lists under way. */
const maxSessionMemory = 1024;

/**
 * A bare server that speaks HTTP/2 and HTTP/1.1 on one port. Client certificates are asked for and judged later, so that
 * a token may stand in for one. Requests of HTTP/2 come through Node's compatibility layer, which has the shape of
 * node:http but for what only a connection of one request at a time can have (cork, upgrade).
 */
export class HttpsServer {
  private readonly server: Http2SecureServer;
  private readonly sockets = new Set<Socket>();
  private readonly sessions = new Set<ServerHttp2Session>();

  constructor(
    material: TlsMaterial,
    onRequest: (request: IncomingMessage, response: ServerResponse) => void,
    onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
  ) {
    this.server = createSecureServer(
      {
        ...contextOf(material),
        requestCert: true,
        rejectUnauthorized: false,
        allowHTTP1: true,
        settings: { maxConcurrentStreams, maxHeaderListSize: maxHeaderBytes },
        maxSessionMemory,
        ...{ maxHeaderSize: maxHeaderBytes, noDelay: true },
      },
      (request, response) => onRequest(request as unknown as IncomingMessage, response as unknown as ServerResponse),
    );
    Object.assign(this.server, http1Timeouts);
    this.server.on('upgrade', onUpgrade);
    this.server.on('connection', (socket: Socket) => follow(this.sockets, socket));
    this.server.on('session', (session) => {
      follow(this.sessions, session);
      // A broken connection ends its streams, each of which hears of it.
      session.on('error', () => session.destroy());
    });
    // A client that breaks off its handshake or its request is no event of ours.
    this.server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.server.on('clientError', (_error: Error, socket: Duplex) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
      else socket.destroy();
    });
  }

  /** For connections from now on. */
  renew(material: TlsMaterial): void {
    this.server.setSecureContext(contextOf(material));
  }

  listen(port: number, host: string): Promise<AddressInfo> {
    const { server } = this;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve(server.address() as AddressInfo);
      });
    });
  }

  /** Takes no more requests; what is in flight may take so long. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const session of this.sessions) session.close();
    const impatience = setTimeout(() => {
      for (const socket of this.sockets) socket.destroy();
    }, graceMs);
    await closed;
    clearTimeout(impatience);
  }
}

function follow<T extends Socket | ServerHttp2Session>(all: Set<T>, one: T): void {
  all.add(one);
  one.once('close', () => all.delete(one));
}

const contextOf = ({ cert, key, ca }: TlsMaterial) => ({ cert, key, ca: [...ca], minVersion: 'TLSv1.2' as const });
