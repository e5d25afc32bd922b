import { headers, type Msg, type NatsConnection, type Subscription as NatsSubscription } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import type { Bus, BusMessage, Subscription } from './bus';

export interface NatsBusOptions {
  url: string;
  /** Name shown in the server's list of connections. */
  name?: string;
  caFile?: string;
  certFile?: string;
  keyFile?: string;
  /** How long flush() waits for the server. */
  flushTimeoutMs?: number;
}

interface Wanted {
  subject: string;
  handler: (message: BusMessage) => void;
  refused: ((error: Error) => void) | undefined;
  on: NatsSubscription | undefined;
}

const revisionHeader = 'Nestor-Revision';
const previousHeader = 'Nestor-Previous';
const typeHeader = 'Nestor-Type';
const traceHeader = 'traceparent';

/**
 * The bus over NATS. It connects in the background and for ever: NATS being away is a state, not a failure. What is
 * published meanwhile is dropped, which the relay knows (it starts again from its last flush) and which subscribers
 * see as a change of state. A server that drops this client for being slow shows as the same.
 */
export class NatsBus implements Bus {
  private connection: NatsConnection | undefined;
  private up = false;
  private closed = false;
  private readonly wanted = new Set<Wanted>();
  private readonly stateListeners = new Set<(connected: boolean) => void>();
  private readonly connecting: Promise<void>;

  constructor(private readonly options: NatsBusOptions) {
    this.connecting = this.open();
  }

  get connected(): boolean {
    return this.up;
  }

  /** Resolves at the first connection. */
  ready(): Promise<void> {
    return this.connecting;
  }

  publish(message: BusMessage): void {
    if (!this.up || !this.connection) return;
    const carried = headers();
    carried.set(revisionHeader, String(message.revision));
    carried.set(previousHeader, String(message.previous));
    carried.set(typeHeader, message.type);
    if (message.traceparent) carried.set(traceHeader, message.traceparent);
    this.connection.publish(message.subject, message.data, { headers: carried });
  }

  subscribe(subject: string, handler: (message: BusMessage) => void, refused?: (error: Error) => void): Subscription {
    const wanted: Wanted = { subject, handler, refused, on: undefined };
    this.wanted.add(wanted);
    this.apply(wanted);
    return {
      unsubscribe: () => {
        this.wanted.delete(wanted);
        wanted.on?.unsubscribe();
      },
    };
  }

  async flush(): Promise<void> {
    const { connection } = this;
    if (!this.up || !connection) throw new Error('not connected to NATS');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('NATS did not answer a flush')), this.options.flushTimeoutMs ?? 5000);
    });
    try {
      await Promise.race([connection.flush(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  onState(listener: (connected: boolean) => void): Subscription {
    this.stateListeners.add(listener);
    return { unsubscribe: () => void this.stateListeners.delete(listener) };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.setUp(false);
    await this.connection?.close();
  }

  private async open(): Promise<void> {
    const { url, name, caFile, certFile, keyFile } = this.options;
    while (!this.closed) {
      try {
        const connection = await connect({
          servers: url,
          ...(name ? { name } : {}),
          ...(caFile || certFile ? { tls: { caFile, certFile, keyFile } } : {}),
          maxReconnectAttempts: -1,
          ignoreAuthErrorAbort: true,
          reconnectTimeWait: 250,
          reconnectJitter: 250,
          pingInterval: 5_000,
          maxPingOut: 2,
          timeout: 3_000,
        });
        if (this.closed) return await connection.close();
        this.connection = connection;
        void this.followState(connection);
        for (const wanted of this.wanted) this.apply(wanted);
        this.setUp(true);
        return;
      } catch {
        // Not there yet; `connected` says so.
        await new Promise((resolve) => setTimeout(resolve, 300).unref());
      }
    }
  }

  private async followState(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') this.setUp(false);
      else if (status.type === 'reconnect' && !this.closed) this.setUp(true);
    }
    // The library has given the connection up for good; we do not.
    this.setUp(false);
    if (!this.closed) await this.open();
  }

  private apply(wanted: Wanted): void {
    // The client library subscribes again by itself after each reconnect.
    wanted.on = this.connection?.subscribe(wanted.subject, {
      callback: (error, message) => {
        if (error) wanted.refused?.(error);
        else deliver(message, wanted.handler);
      },
    });
  }

  private setUp(up: boolean): void {
    if (this.up === up) return;
    this.up = up;
    for (const listener of [...this.stateListeners]) listener(up);
  }
}

function deliver(message: Msg, handler: (message: BusMessage) => void): void {
  const carried = message.headers;
  // Somebody else's message on our subject carries no revision.
  if (!carried?.has(revisionHeader)) return;
  const traceparent = carried.get(traceHeader);
  handler({
    subject: message.subject,
    data: message.data,
    revision: Number(carried.get(revisionHeader)),
    previous: Number(carried.get(previousHeader)),
    type: carried.get(typeHeader) === 'bookmark' ? 'bookmark' : 'event',
    ...(traceparent ? { traceparent } : {}),
  });
}
