import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TlsSettings } from '@nestor/config';

/** PEM texts. */
export interface TlsMaterial {
  cert: string;
  key: string;
  /** Who signs clients. */
  ca: readonly string[];
}

/** Who handles what comes in. */
export interface HttpHandlers {
  request(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** What bounds the wait for a client, in milliseconds. */
export interface ClientPatience {
  handshake: number;
  headers: number;
  /** The whole request with its body; what is answered afterwards may take as long as it likes. */
  request: number;
  /** An idle connection of HTTP/1.1. */
  idle: number;
  /** How often waits are looked at. */
  checks: number;
}

export interface ServerLimits {
  tls: TlsSettings;
  /** More are closed as they come. */
  maxConnections: number;
  patience?: ClientPatience;
}

const defaultPatience: ClientPatience = {
  handshake: 20_000,
  headers: 30_000,
  request: 60_000,
  idle: 120_000,
  checks: 10_000,
};
/** How long what follows a refused request is still read. */
const lingerMs = 2000;
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
    handlers: HttpHandlers,
    private readonly limits: ServerLimits,
  ) {
    const { patience = defaultPatience, maxConnections } = limits;
    this.server = createSecureServer(
      {
        ...this.context(material),
        handshakeTimeout: patience.handshake,
        requestCert: true,
        rejectUnauthorized: false,
        allowHTTP1: true,
        settings: { maxConcurrentStreams, maxHeaderListSize: maxHeaderBytes },
        maxSessionMemory,
        ...{ maxHeaderSize: maxHeaderBytes, noDelay: true },
      },
      (request, response) => {
        if (request.httpVersionMajor > 1) limitUpload(request.stream, patience.request);
        handlers.request(request as unknown as IncomingMessage, response as unknown as ServerResponse);
      },
    );
    // Node reads these off the server for HTTP/1.1, whether it speaks HTTP/2 as well or not.
    Object.assign(this.server, {
      maxConnections,
      headersTimeout: patience.headers,
      requestTimeout: patience.request,
      keepAliveTimeout: patience.idle,
      connectionsCheckingInterval: patience.checks,
    });
    this.server.on('upgrade', handlers.upgrade);
    this.server.on('connection', (socket: Socket) => follow(this.sockets, socket));
    this.server.on('session', (session) => {
      follow(this.sessions, session);
      // A broken connection ends its streams, each of which hears of it.
      session.on('error', () => session.destroy());
    });
    // A client that breaks off its handshake or its request is no event of ours.
    this.server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.server.on('clientError', refuse);
  }

  /** For connections from now on. */
  renew(material: TlsMaterial): void {
    this.server.setSecureContext(this.context(material));
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

  private context({ cert, key, ca }: TlsMaterial) {
    return { cert, key, ca: [...ca], ...this.limits.tls };
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

const clientErrors: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/**
 * Says what is wrong with a request that could not be read. What the client goes on to send is read and forgotten for a
 * moment: a connection closed before that would be reset, and the answer lost with it.
 */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  // Told already; this is of what came after it.
  if (socket.writableEnded) return;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const answer = clientErrors[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${answer}\r\nConnection: close\r\n\r\n`);
  socket.resume();
  const impatience = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.once('close', () => clearTimeout(impatience));
}

/** Ends a stream whose request is not here in time; what follows an upload, a watch for one, has no bound. */
function limitUpload(stream: ServerHttp2Stream, ms: number): void {
  if (stream.endAfterHeaders || stream.readableEnded) return;
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), ms).unref();
  const over = (): void => clearTimeout(timer);
  stream.once('end', over);
  stream.once('close', over);
}
