import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { BusServerClient, type Permissions } from './bus-server-client';
import { SubjectTree } from './subject-tree';

export interface BusPeer {
  /** Subject of the client's certificate; '' without TLS. */
  commonName: string;
  organizations: readonly string[];
}

export interface BusServerOptions {
  host?: string;
  /** 0 for any free one. */
  port?: number;
  /** Without it clients connect in the clear; loopback only. */
  tls?: { ca: string | Buffer; cert: string | Buffer; key: string | Buffer };
  /** What a peer may do; undefined refuses it. Default: everything. */
  authorize?(peer: BusPeer): Permissions | undefined;
  /** Bytes a client may leave unread before it is cut off. */
  maxPendingBytes?: number;
  maxPayload?: number;
}

export interface RunningBusServer {
  readonly url: string;
  readonly port: number;
  /** What connections from now on are served with. */
  useCertificate(pair: { cert: string | Buffer; key: string | Buffer }): void;
  close(): Promise<void>;
}

const everything: Permissions = { publish: ['>'], subscribe: ['>'] };

/**
 * A small broker that speaks the NATS client protocol, for machines without nats-server: publish, subscribe with
 * wildcards, headers, TLS with client certificates. No clustering, no queue groups, no persistence. Subscribers that
 * do not keep up are cut off, as NATS does, so that a loss always shows as a broken connection.
 */
export async function startBusServer(options: BusServerOptions = {}): Promise<RunningBusServer> {
  const { host = '127.0.0.1', port = 0 } = options;
  const broker = new Broker(options);
  const server = createServer({ noDelay: true }, (socket) => broker.accept(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `nats://${host}:${bound}`,
    port: bound,
    useCertificate: (pair) => broker.useCertificate(pair),
    close: () => broker.close(server),
  };
}

class Broker {
  private readonly subscriptions = new SubjectTree<{ client: BusServerClient; sid: string }>();
  private readonly sockets = new Set<Socket>();
  private readonly serverId = randomUUID();
  private readonly maxPayload: number;
  private clients = 0;
  private tlsServer: TlsServer | undefined;
  private tls: BusServerOptions['tls'];

  constructor(private readonly options: BusServerOptions) {
    this.tls = options.tls;
    this.maxPayload = options.maxPayload ?? 8 * 1024 * 1024;
  }

  accept(socket: Socket): void {
    this.track(socket);
    const info = {
      server_id: this.serverId,
      server_name: 'nestor-bus',
      version: '2.10.0',
      proto: 1,
      headers: true,
      max_payload: this.maxPayload,
      client_id: (this.clients += 1),
      ...(this.tls ? { tls_required: true, tls_verify: true } : {}),
    };
    socket.write(`INFO ${JSON.stringify(info)}\r\n`);
    if (!this.tls) return this.serve(socket, { commonName: '', organizations: [] });
    // The client speaks next, and it speaks TLS.
    this.secure(this.tls).emit('connection', socket);
  }

  useCertificate(pair: { cert: string | Buffer; key: string | Buffer }): void {
    if (!this.tls) return;
    this.tls = { ...this.tls, ...pair };
    this.tlsServer?.setSecureContext({ ...this.tls, minVersion: 'TLSv1.2' });
  }

  async close(server: Server): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /** A TLS server that never listens: sockets are handed to it once INFO has gone out. It checks the client's certificate. */
  private secure(tls: NonNullable<BusServerOptions['tls']>): TlsServer {
    this.tlsServer ??= createTlsServer(
      { ...tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2', handshakeTimeout: 5_000 },
      (secure) => {
        this.track(secure);
        const { subject } = secure.getPeerCertificate();
        const organizations = ([] as string[]).concat((subject as { O?: string | string[] }).O ?? []);
        this.serve(secure, { commonName: String(subject.CN), organizations });
      },
    ).on('tlsClientError', (_error, secure) => secure.destroy());
    return this.tlsServer;
  }

  private track(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.sockets.delete(socket));
  }

  private serve(socket: Socket, peer: BusPeer): void {
    const permissions = this.options.authorize ? this.options.authorize(peer) : everything;
    if (!permissions) {
      socket.end("-ERR 'Authorization Violation'\r\n");
      return;
    }
    new BusServerClient(socket, {
      subscriptions: this.subscriptions,
      permissions,
      maxPayload: this.maxPayload,
      maxPendingBytes: this.options.maxPendingBytes ?? 64 * 1024 * 1024,
    });
  }
}
