import type { NatsConnection, Subscription as NatsSubscription } from '@nats-io/nats-core';
import type { BusMessage } from './bus';
import { readMessage } from './bus-message';

interface Listener {
  handler(message: BusMessage): void;
  refused?: ((error: Error) => void) | undefined;
}

/** On the connection that is to follow: what came there is told of once nothing more comes over the old one. */
interface Coming {
  on: NatsSubscription;
  messages: BusMessage[];
  refusal?: Error;
}

/** A subscription as its owner sees it: one stream of messages, over whatever connections they come. */
export class WantedSubject {
  private on: NatsSubscription | undefined;
  private coming: Coming | undefined;
  /** What the old connection has delivered since the next one listens as well, so that it comes there too. */
  private readonly told = new Set<string>();
  private toldUpTo = 0;

  constructor(
    private readonly subject: string,
    private readonly listener: Listener,
  ) {}

  get isApplied(): boolean {
    return this.on !== undefined;
  }

  /** The client library subscribes again by itself after each reconnect of the same connection. */
  apply(connection: NatsConnection): void {
    this.on = this.subscribe(connection, (message) => this.tell(message), this.listener.refused);
  }

  /** Listens on the next connection as well. */
  prepare(connection: NatsConnection): void {
    this.told.clear();
    const messages: BusMessage[] = [];
    const coming: Coming = {
      messages,
      on: this.subscribe(
        connection,
        (message) => (this.coming === coming ? messages.push(message) : this.tellOnce(message)),
        (error) => (this.coming === coming ? (coming.refusal = error) : this.listener.refused?.(error)),
      ),
    };
    this.coming = coming;
  }

  /** From here on the next connection alone counts: what came over both is told of once, and nothing is left out. */
  switchOver(): void {
    const { coming } = this;
    if (!coming) return;
    this.on?.unsubscribe();
    this.on = coming.on;
    this.coming = undefined;
    if (coming.refusal) this.listener.refused?.(coming.refusal);
    for (const message of coming.messages) this.tellOnce(message);
  }

  /** The next connection came to nothing. */
  stay(): void {
    this.coming = undefined;
  }

  end(): void {
    this.on?.unsubscribe();
    this.coming?.on.unsubscribe();
  }

  private tell(message: BusMessage): void {
    if (this.coming) {
      this.told.add(identityOf(message));
      this.toldUpTo = message.revision;
    }
    this.listener.handler(message);
  }

  /** Connections are not equally fast: what the old one told of may come behind the switch. A newer message ends that. */
  private tellOnce(message: BusMessage): void {
    if (!this.coming && this.told.size > 0) {
      if (message.revision > this.toldUpTo) this.told.clear();
      else if (this.told.has(identityOf(message))) return;
    }
    this.tell(message);
  }

  private subscribe(
    connection: NatsConnection,
    taken: (message: BusMessage) => void,
    refused: ((error: Error) => void) | undefined,
  ): NatsSubscription {
    return connection.subscribe(this.subject, {
      callback: (error, raw) => {
        if (error) return refused?.(error);
        const message = readMessage(raw);
        if (message) taken(message);
      },
    });
  }
}

/** The relay may say a thing twice, and each time is one. */
const identityOf = ({ subject, type, revision, previous }: BusMessage): string =>
  `${type} ${revision} ${previous} ${subject}`;
