import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import type { BusTrust } from '@nestor/bus-auth';
import { BusGate } from './bus-gate';
import { BusServerClient, type ClientPublication, type Permissions } from './bus-server-client';
import { deliveryOf } from './nats-protocol';
import { SubjectTree } from './subject-tree';

export interface BusServerOptions {
  host?: string;
  /** 0 for any free one. */
  port?: number;
  /** Without it clients connect in the clear; loopback only. */
  tls?: { cert: string | Buffer; key: string | Buffer };
  /** By whose word clients are let in, each to its subjects. Without it everybody may do everything. */
  trust?: BusTrust;
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
 * wildcards, headers, TLS, users by the tokens of an operator's accounts. No clustering, no queue groups, no
 * persistence. Subscribers that do not keep up are cut off, as NATS does, so that a loss always shows as a broken
 * connection.
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
  private readonly gate: BusGate | undefined;
  private clients = 0;
  private secure: SecureContext | undefined;

  constructor(private readonly options: BusServerOptions) {
    if (options.tls) this.useCertificate(options.tls);
    this.gate = options.trust && new BusGate(options.trust);
    this.maxPayload = options.maxPayload ?? 8 * 1024 * 1024;
  }

  accept(socket: Socket): void {
    this.track(socket);
    const nonce = randomBytes(16).toString('base64url');
    const info = {
      server_id: this.serverId,
      server_name: 'nestor-bus',
      version: '2.10.0',
      proto: 1,
      headers: true,
      max_payload: this.maxPayload,
      client_id: (this.clients += 1),
      ...(this.secure ? { tls_required: true } : {}),
      ...(this.gate ? { auth_required: true, nonce } : {}),
    };
    socket.write(`INFO ${JSON.stringify(info)}\r\n`);
    // The client speaks next, and it speaks TLS.
    this.serve(this.secure ? this.encrypt(socket, this.secure) : socket, nonce);
  }

  useCertificate(pair: { cert: string | Buffer; key: string | Buffer }): void {
    this.secure = createSecureContext({ ...pair, minVersion: 'TLSv1.2' });
  }

  async close(server: Server): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private encrypt(socket: Socket, secureContext: SecureContext): Socket {
    const secure = new TLSSocket(socket, { isServer: true, secureContext });
    this.track(secure);
    return secure;
  }

  private track(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.sockets.delete(socket));
  }

  private serve(socket: Socket, nonce: string): void {
    const client: BusServerClient = new BusServerClient(socket, {
      subscriptions: this.subscriptions,
      admit: (options) => (this.gate ? this.gate.admit(client, options, nonce) : everything),
      intercept: (message) => this.intercept(client, message),
      maxPayload: this.maxPayload,
      maxPendingBytes: this.options.maxPendingBytes ?? 64 * 1024 * 1024,
    });
    socket.once('close', () => this.gate?.left(client));
  }

  private intercept(client: BusServerClient, message: ClientPublication): boolean {
    const answer = this.gate?.update(client, message);
    if (!answer) return false;
    const payload = Buffer.from(JSON.stringify(answer));
    const reply = deliveryOf({ subject: message.reply, reply: '', headerLength: 0, payload });
    for (const { client: asker, sid } of this.subscriptions.matching(message.reply)) {
      asker.deliver(reply.line(sid), reply.payload);
    }
    return true;
  }
}
