import type { Socket } from 'node:net';
import {
  type ClientCommand,
  ClientCommandParser,
  type ConnectOptions,
  deliveryOf,
  ProtocolError,
} from './nats-protocol';
import { SubjectTree } from './subject-tree';

/** Subject patterns; empty means nothing. */
export interface Permissions {
  publish: readonly string[];
  subscribe: readonly string[];
}

export interface ClientContext {
  subscriptions: SubjectTree<ServerSubscription>;
  /** Who the client is by what it says when it connects; undefined for somebody who may not. */
  admit(options: ConnectOptions): Permissions | undefined;
  /** True where the broker itself takes the message. */
  intercept(message: ClientPublication): boolean;
  maxPayload: number;
  maxPendingBytes: number;
}
export type ClientPublication = ClientCommand & { op: 'PUB' };
export interface ServerSubscription {
  client: BusServerClient;
  sid: string;
}

const pingMs = 30_000;
const connectMs = 5_000;
const nothing: Permissions = { publish: [], subscribe: [] };

/** One connected client of the broker. */
export class BusServerClient {
  private readonly own = new Map<string, { subject: string; entry: ServerSubscription }>();
  private readonly mayPublish = new SubjectTree<true>();
  private permissions = nothing;
  private isAdmitted = false;
  private verbose = false;
  private corked = false;
  private pingsOut = 0;

  constructor(
    private readonly socket: Socket,
    private readonly context: ClientContext,
  ) {
    const parser = new ClientCommandParser(context.maxPayload);
    socket.on('data', (piece) => this.read(parser, piece));
    // A peer that vanished without a word would hold its subscriptions, and a lagging one its memory, for ever.
    const heartbeat = setInterval(() => {
      this.pingsOut += 1;
      if (this.pingsOut > 3) this.refuse('Stale Connection');
      else this.send('PING\r\n');
    }, pingMs);
    heartbeat.unref();
    const strangers = setTimeout(() => !this.isAdmitted && this.refuse('Authentication Timeout'), connectMs);
    strangers.unref();
    socket.once('close', () => {
      clearInterval(heartbeat);
      clearTimeout(strangers);
      this.dropSubscriptions();
    });
  }

  /** Hands a message over; a reader that is too far behind is cut off. */
  deliver(line: string, payload: Buffer): void {
    if (this.socket.destroyed) return;
    if (this.socket.writableLength > this.context.maxPendingBytes) {
      this.dropSubscriptions();
      this.socket.destroy();
      return;
    }
    this.send(line);
    this.socket.write(payload);
  }

  private read(parser: ClientCommandParser, piece: Buffer): void {
    try {
      for (const command of parser.push(piece)) this.execute(command);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.refuse(error.message);
    }
  }

  private execute(command: ClientCommand): void {
    if (!this.isAdmitted && command.op !== 'CONNECT') throw new ProtocolError('Authorization Violation');
    switch (command.op) {
      case 'CONNECT':
        this.connect(command.options);
        break;
      case 'PING':
        this.send('PONG\r\n');
        return;
      case 'PONG':
        this.pingsOut = 0;
        return;
      case 'SUB':
        this.subscribe(command.subject, command.sid);
        break;
      case 'UNSUB':
        this.unsubscribe(command.sid);
        break;
      case 'PUB':
        this.publish(command);
        break;
    }
    if (this.verbose) this.send('+OK\r\n');
  }

  private connect(options: ConnectOptions): void {
    const permissions = this.context.admit(options);
    if (!permissions) throw new ProtocolError('Authorization Violation');
    this.permissions = permissions;
    for (const pattern of permissions.publish) this.mayPublish.add(pattern, true);
    this.isAdmitted = true;
    this.verbose = options.verbose === true;
  }

  private subscribe(subject: string, sid: string): void {
    if (!this.permissions.subscribe.some((pattern) => covers(pattern, subject))) {
      this.send(`-ERR 'Permissions Violation for Subscription to "${subject}"'\r\n`);
      return;
    }
    this.unsubscribe(sid);
    const entry: ServerSubscription = { client: this, sid };
    this.own.set(sid, { subject, entry });
    this.context.subscriptions.add(subject, entry);
  }

  private unsubscribe(sid: string): void {
    const own = this.own.get(sid);
    if (!own) return;
    this.own.delete(sid);
    this.context.subscriptions.remove(own.subject, own.entry);
  }

  private publish(command: ClientPublication): void {
    if (this.mayPublish.matching(command.subject).length === 0) {
      this.send(`-ERR 'Permissions Violation for Publish to "${command.subject}"'\r\n`);
      return;
    }
    if (this.context.intercept(command)) return;
    const subscribers = this.context.subscriptions.matching(command.subject);
    if (subscribers.length === 0) return;
    const delivery = deliveryOf(command);
    for (const { client, sid } of subscribers) client.deliver(delivery.line(sid), delivery.payload);
  }

  /** Says why and ends the connection. */
  refuse(message: string): void {
    this.dropSubscriptions();
    this.socket.end(`-ERR '${message}'\r\n`);
  }

  private dropSubscriptions(): void {
    for (const sid of [...this.own.keys()]) this.unsubscribe(sid);
  }

  /** Everything of one turn of the event loop leaves in one write. */
  private send(text: string): void {
    if (!this.corked) {
      this.corked = true;
      this.socket.cork();
      setImmediate(() => {
        this.corked = false;
        this.socket.uncork();
      });
    }
    if (this.socket.writable) this.socket.write(text);
  }
}

/** True when every subject that `wanted` matches is matched by `granted`. */
export function covers(granted: string, wanted: string): boolean {
  const grantedTokens = granted.split('.');
  const wantedTokens = wanted.split('.');
  for (const [index, token] of grantedTokens.entries()) {
    const other = wantedTokens[index];
    if (other === undefined) return false;
    if (token === '>') return true;
    if (token === '*' ? other === '>' : token !== other) return false;
  }
  return grantedTokens.length === wantedTokens.length;
}
