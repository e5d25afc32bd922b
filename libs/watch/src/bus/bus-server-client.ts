import type { Socket } from 'node:net';
import { type ClientCommand, ClientCommandParser, deliveryOf, ProtocolError } from './nats-protocol';
import { SubjectTree } from './subject-tree';

/** Subject patterns; empty means nothing. */
export interface Permissions {
  publish: readonly string[];
  subscribe: readonly string[];
}

export interface ClientContext {
  subscriptions: SubjectTree<ServerSubscription>;
  permissions: Permissions;
  maxPayload: number;
  maxPendingBytes: number;
}
export interface ServerSubscription {
  client: BusServerClient;
  sid: string;
}

const pingMs = 30_000;

/** One connected client of the broker. */
export class BusServerClient {
  private readonly own = new Map<string, { subject: string; entry: ServerSubscription }>();
  private readonly mayPublish: SubjectTree<true>;
  private verbose = false;
  private corked = false;
  private pingsOut = 0;

  constructor(
    private readonly socket: Socket,
    private readonly context: ClientContext,
  ) {
    this.mayPublish = new SubjectTree<true>();
    for (const pattern of context.permissions.publish) this.mayPublish.add(pattern, true);
    const parser = new ClientCommandParser(context.maxPayload);
    socket.on('data', (piece) => this.read(parser, piece));
    // A peer that vanished without a word would hold its subscriptions, and a lagging one its memory, for ever.
    const heartbeat = setInterval(() => {
      this.pingsOut += 1;
      if (this.pingsOut > 3) this.refuse('Stale Connection');
      else this.send('PING\r\n');
    }, pingMs);
    heartbeat.unref();
    socket.once('close', () => {
      clearInterval(heartbeat);
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
    switch (command.op) {
      case 'CONNECT':
        this.verbose = command.options.verbose === true;
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

  private subscribe(subject: string, sid: string): void {
    if (!this.context.permissions.subscribe.some((pattern) => covers(pattern, subject))) {
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

  private publish(command: ClientCommand & { op: 'PUB' }): void {
    if (this.mayPublish.matching(command.subject).length === 0) {
      this.send(`-ERR 'Permissions Violation for Publish to "${command.subject}"'\r\n`);
      return;
    }
    const subscribers = this.context.subscriptions.matching(command.subject);
    if (subscribers.length === 0) return;
    const delivery = deliveryOf(command);
    for (const { client, sid } of subscribers) client.deliver(delivery.line(sid), delivery.payload);
  }

  private refuse(message: string): void {
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
