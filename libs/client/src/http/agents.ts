import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createSecureContext } from 'node:tls';
import { followCredentials, type Connection, type Identity } from '@nestor/connection';
import { serverNameOptions } from '@nestor/formats';
import { Connections } from './connections';
import { connectorWith } from './undici-modules';

export interface AgentOptions {
  connection: Connection;
  maxSockets: number;
  /** Told when new connections show other credentials. */
  changed: () => void;
  lookMs?: number;
}

/**
 * The connections of a transport: a pool for requests, and one of their own for watches, so that these never use up the
 * other. When the files of the credentials change, new connections show the new ones; what is under way ends in peace.
 */
export class Agents {
  readonly requests: Connections;
  streams!: HttpAgent;
  private readonly unfollow: () => void;

  constructor(private readonly options: AgentOptions) {
    const { connection, changed, lookMs, maxSockets } = options;
    this.requests = new Connections(new URL(connection.server).origin, maxSockets);
    this.open(connection);
    const use = (identity: Identity): void => {
      this.open(identity);
      changed();
    };
    this.unfollow = followCredentials(connection, use, lookMs);
  }

  close(): void {
    this.unfollow();
    this.requests.close();
    this.streams.destroy();
  }

  /** Throws where certificate and key do not belong together, and changes nothing then. */
  private open({ ca, cert, key }: Identity): void {
    const { server, serverName, insecure } = this.options.connection;
    const secure = new URL(server).protocol === 'https:';
    const AgentOfScheme = secure ? HttpsAgent : HttpAgent;
    // Made once: keys and certificates are not parsed again for each connection, nor compared for each request.
    const secureContext = secure ? createSecureContext({ ca, cert, key }) : undefined;
    const tls = secure ? { ...serverNameOptions(serverName), rejectUnauthorized: !insecure, secureContext } : {};
    // How long a dial may take is for the request's deadline to say.
    this.requests.use(connectorWith({ ...tls, timeout: 0 }));
    this.streams = new AgentOfScheme({ keepAlive: false, maxSockets: Infinity, ...tls });
  }
}
