import type { Socket } from 'node:net';
import type { buildConnector, Client } from 'undici';
import type { Exchange } from './exchange';
import { UndiciClient } from './undici-modules';

/** As long as client-go keeps an idle connection, where the server does not ask for less. */
const keepAliveTimeout = 90_000;

/** One connection, dialled when there is a request for it, and again where the server closed it before the next. It carries one exchange at a time. */
export class KeptConnection {
  /** An answer has come on it before, so the server may be about to close it as idle. */
  reused = false;
  current: Exchange | undefined;
  private socket: Socket | undefined;
  private readonly client: Client;

  constructor(
    readonly connector: buildConnector.connector,
    origin: string,
    closedIdle: (connection: KeptConnection) => void,
  ) {
    // No limits of undici's own: how long a request may take is its caller's to say, and answers may be large.
    const limits = { headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout };
    this.client = new UndiciClient(origin, {
      ...limits,
      pipelining: 1,
      connect: (options, callback) => {
        this.reused = false;
        // It gives its socket, which its types leave out.
        this.socket = connector(options, callback) as unknown as Socket;
      },
    });
    this.client.on('disconnect', () => this.current ?? closedIdle(this));
  }

  carry(exchange: Exchange): void {
    this.current = exchange;
    exchange.connection = this;
    this.client.dispatch(exchange.options, exchange);
  }

  end(): void {
    this.client.destroy(new Error('the connection closed'), () => undefined);
    // The client alone would let a dial under way go on.
    this.socket?.destroy();
  }
}
