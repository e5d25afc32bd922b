import type { buildConnector } from 'undici';
import type { Exchange } from './exchange';
import { KeptConnection } from './kept-connection';

/**
 * The kept-alive connections that requests go over: at most so many, the one used last first, and those that find none
 * free wait in the order they came. undici's own pool opens a second connection for requests that follow one another.
 */
export class Connections {
  private readonly open = new Set<KeptConnection>();
  private readonly idle: KeptConnection[] = [];
  private waiting: Exchange[] = [];
  private connector!: buildConnector.connector;
  private closed = false;

  constructor(
    private readonly origin: string,
    private readonly limit: number,
  ) {}

  /** From here on connections are made by this one: idle ones end now, the others with the answer they wait for. */
  use(connector: buildConnector.connector): void {
    this.connector = connector;
    for (const connection of [...this.idle]) this.discard(connection);
  }

  send(exchange: Exchange): void {
    const connection = this.idle.pop() ?? (this.open.size < this.limit ? this.dial() : undefined);
    if (connection) connection.carry(exchange);
    else this.waiting.push(exchange);
  }

  /** Sends once more what was lost with its connection, over a new one. */
  sendAgain(exchange: Exchange): void {
    if (exchange.connection) this.remove(exchange.connection);
    this.dial().carry(exchange);
  }

  /** The connection is free for the next. */
  release(connection: KeptConnection): void {
    connection.current = undefined;
    if (this.closed || connection.connector !== this.connector) return this.discard(connection);
    const next = this.waiting.shift();
    if (next) connection.carry(next);
    else this.idle.push(connection);
  }

  /** The exchange has ended without an answer; what its connection may still bring belongs to nobody. */
  drop(exchange: Exchange): void {
    if (exchange.connection) this.discard(exchange.connection);
    else this.waiting = this.waiting.filter((other) => other !== exchange);
  }

  /** Ends all that is under way. A request that comes later has a connection for itself. */
  close(): void {
    this.closed = true;
    const why = new Error('the client was closed');
    for (const exchange of this.waiting) exchange.giveUp(why);
    for (const connection of this.open) {
      if (connection.current) connection.current.giveUp(why);
      else this.discard(connection);
    }
  }

  private dial(): KeptConnection {
    const connection = new KeptConnection(this.connector, this.origin, (idle) => this.discard(idle));
    this.open.add(connection);
    return connection;
  }

  private discard(connection: KeptConnection): void {
    if (!this.remove(connection)) return;
    const next = this.waiting.shift();
    if (next) this.dial().carry(next);
  }

  private remove(connection: KeptConnection): boolean {
    if (!this.open.delete(connection)) return false;
    const at = this.idle.indexOf(connection);
    if (at >= 0) this.idle.splice(at, 1);
    connection.end();
    return true;
  }
}
