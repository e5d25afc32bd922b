import { errors, type NatsConnection } from '@nats-io/nats-core';
import type { Bus, BusMessage, Subscription } from './bus';
import { RenewedCredential, type BusCredentialSource } from './bus-credentials';
import { publishOn } from './bus-message';
import { dial, type DialOptions } from './dial';
import { WantedSubject } from './wanted-subject';

export interface NatsBusOptions extends DialOptions {
  /** What the client shows; without it a server that asks for nothing is all it can use. */
  credentials?: BusCredentialSource;
  /** How long flush() waits for the server. */
  flushTimeoutMs?: number;
}

/**
 * The bus over NATS. It connects in the background and for ever: NATS being away is a state, not a failure. What is
 * published meanwhile is dropped, which the relay knows (it starts again from its last flush) and which subscribers
 * see as a change of state. A server that drops this client for being slow shows as the same.
 *
 * Credentials are renewed before their end, over a second connection that takes over from the first with nothing lost,
 * doubled or out of order.
 */
export class NatsBus implements Bus {
  private connection: NatsConnection | undefined;
  private up = false;
  private readonly wanted = new Set<WantedSubject>();
  private readonly stateListeners = new Set<(connected: boolean) => void>();
  private readonly rightsListeners = new Set<() => void>();
  private readonly closing = new AbortController();
  private readonly credential: RenewedCredential | undefined;
  private readonly connecting: Promise<void>;
  private readonly interrupted = new WeakSet<NatsConnection>();
  private handingOver: Promise<void> | undefined;
  /** Published while one connection hands over to the next: it follows what went over the old one. */
  private held: BusMessage[] | undefined;

  constructor(private readonly options: NatsBusOptions) {
    const { credentials } = options;
    this.credential = credentials && new RenewedCredential(credentials, this.closing.signal);
    this.connecting = this.start();
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
    if (this.held) this.held.push(message);
    else publishOn(this.connection, message);
  }

  subscribe(subject: string, handler: (message: BusMessage) => void, refused?: (error: Error) => void): Subscription {
    const wanted = new WantedSubject(subject, { handler, refused });
    this.wanted.add(wanted);
    // While connections change, it is for the next one.
    if (this.connection && !this.handingOver) wanted.apply(this.connection);
    return {
      unsubscribe: () => {
        this.wanted.delete(wanted);
        wanted.end();
      },
    };
  }

  async flush(): Promise<void> {
    await this.handingOver;
    if (!this.up || !this.connection) throw new Error('not connected to NATS');
    await this.flushed(this.connection);
  }

  onState(listener: (connected: boolean) => void): Subscription {
    this.stateListeners.add(listener);
    return { unsubscribe: () => void this.stateListeners.delete(listener) };
  }

  onRights(listener: () => void): Subscription {
    this.rightsListeners.add(listener);
    return { unsubscribe: () => void this.rightsListeners.delete(listener) };
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.setUp(false);
    await this.handingOver;
    await this.connection?.close();
  }

  private async start(): Promise<void> {
    await this.credential?.start((isChanged) => this.renewed(isChanged));
    await this.open();
  }

  private async open(): Promise<void> {
    while (!this.closing.signal.aborted) {
      try {
        const connection = await this.dial();
        if (this.closing.signal.aborted) return await connection.close();
        this.connection = connection;
        for (const wanted of this.wanted) wanted.apply(connection);
        this.setUp(true);
        return;
      } catch (error) {
        if (error instanceof errors.AuthorizationError) this.credential?.reject();
        // Not there yet; `connected` says so.
        await new Promise((resolve) => setTimeout(resolve, 300).unref());
      }
    }
  }

  private async dial(): Promise<NatsConnection> {
    const connection = await dial(this.options, this.credential?.authenticator);
    void this.follow(connection);
    return connection;
  }

  /** Only what becomes of the connection in use is a state of the bus. */
  private async follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') this.interrupted.add(connection);
      if (connection !== this.connection) continue;
      if (status.type === 'disconnect') this.setUp(false);
      else if (status.type === 'reconnect') this.setUp(!this.closing.signal.aborted);
      else if (status.type === 'error' && status.error instanceof errors.AuthorizationError) this.credential?.reject();
    }
    if (connection !== this.connection) return;
    // The library has given the connection up for good; we do not.
    this.setUp(false);
    await this.open();
  }

  private async renewed(isChanged: boolean): Promise<void> {
    // A connection that is down shows what is newest when it comes up again.
    if (this.up) {
      this.handingOver = this.handOver()
        // The old one stands until its credential ends; then the server breaks it off, and the new one is shown.
        .catch(() => undefined)
        .finally(() => this.handedOver());
      await this.handingOver;
    }
    if (isChanged) for (const listener of [...this.rightsListeners]) listener();
  }

  /** Until the switch the server serves both; what it gives both, the subscriptions tell of once. */
  private async handOver(): Promise<void> {
    const old = this.connection as NatsConnection;
    const next = await this.dial();
    try {
      for (const wanted of this.wanted) wanted.prepare(next);
      await this.flushed(next);
      this.held = [];
      // Its answer comes behind everything that the server gave this connection before the next one listened.
      await this.flushed(old);
      if (this.interrupted.has(next)) throw new Error('the next connection broke');
    } catch (error) {
      await next.close();
      throw error;
    }
    this.connection = next;
    for (const wanted of this.wanted) wanted.switchOver();
    // The old one may have broken off meanwhile.
    this.setUp(!this.closing.signal.aborted);
    void old.close();
  }

  private handedOver(): void {
    this.handingOver = undefined;
    const connection = this.connection as NatsConnection;
    for (const wanted of this.wanted) {
      wanted.stay();
      if (!wanted.isApplied) wanted.apply(connection);
    }
    const { held = [] } = this;
    this.held = undefined;
    for (const message of held) publishOn(connection, message);
  }

  private async flushed(connection: NatsConnection): Promise<void> {
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

  private setUp(up: boolean): void {
    if (this.up === up) return;
    this.up = up;
    for (const listener of [...this.stateListeners]) listener(up);
  }
}
