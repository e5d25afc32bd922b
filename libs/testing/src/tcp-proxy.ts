import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { freePort } from './free-port';
import { TcpLink, type LinkConditions } from './tcp-link';

export interface TcpProxySettings {
  /** The loopback port of the server behind it. */
  port: number;
}

/** Stands between a client and a server on loopback, and breaks what is between them in the ways networks do. */
export interface TcpProxy {
  readonly port: number;
  /** Resets the connections that are open; new ones go through. */
  cut(): void;
  /** Resets the connections that are open and stops listening, until `heal`. */
  refuse(): void;
  /**
   * Passes nothing, in both directions, not even that one side has closed; connections are accepted and hang. What
   * was sent meanwhile arrives after `heal`, as TCP would send it again.
   */
  blackHole(): void;
  /** The connections that are open now pass nothing any more, for good and without a word; new ones go through. */
  swallowOpen(): void;
  /** Every byte arrives this much later, in both directions. */
  delay(ms: number): void;
  /** No connection passes more than this, in each direction. */
  throttle(bytesPerSecond: number): void;
  /** Undoes all of the above. */
  heal(): Promise<void>;
  /** Leads new connections to another port, as a virtual address that moves; open ones stay where they are. */
  retarget(port: number): void;
  stop(): Promise<void>;
}

export async function startTcpProxy(settings: TcpProxySettings): Promise<TcpProxy> {
  const port = await freePort();
  const links = new Set<TcpLink>();
  let target = settings.port;
  let hole: { healed: Promise<void>; heal(): void } | undefined;
  let server: Server | undefined;
  const conditions: LinkConditions = { delayMs: 0, bytesPerSecond: Infinity, passable: () => hole?.healed };

  const accept = async (client: Socket) => {
    // Nothing of a connection that is lost in the hole is seen on the other side, not even that it was opened.
    client.on('error', () => undefined);
    while (hole) await hole.healed;
    if (client.destroyed) return;
    const link = new TcpLink(client, connect({ port: target, host: '127.0.0.1', allowHalfOpen: true }), conditions);
    links.add(link);
    void link.ended.then(() => links.delete(link));
  };
  const waiting = new Set<Socket>();
  const listen = async () => {
    server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
      waiting.add(client);
      void accept(client).finally(() => waiting.delete(client));
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const cut = () => {
    for (const client of waiting) client.resetAndDestroy();
    for (const link of links) link.reset();
  };
  const close = () => {
    server?.close();
    server = undefined;
    cut();
  };
  const fill = () => {
    hole?.heal();
    hole = undefined;
  };

  await listen();
  return {
    port,
    cut,
    refuse: close,
    blackHole: () => {
      hole ??= newHole();
    },
    swallowOpen: () => {
      for (const link of links) link.swallow();
    },
    delay: (ms) => {
      conditions.delayMs = ms;
    },
    throttle: (bytesPerSecond) => {
      conditions.bytesPerSecond = bytesPerSecond;
    },
    heal: async () => {
      conditions.delayMs = 0;
      conditions.bytesPerSecond = Infinity;
      fill();
      if (!server) await listen();
    },
    retarget: (to) => {
      target = to;
    },
    stop: async () => {
      const ended = [...links].map((link) => link.ended);
      close();
      fill();
      await Promise.all(ended);
    },
  };
}

function newHole(): { healed: Promise<void>; heal(): void } {
  let heal!: () => void;
  const healed = new Promise<void>((resolve) => (heal = resolve));
  return { healed, heal };
}
