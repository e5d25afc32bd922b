import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { Connection } from '@nestor/connection';
import { followCredentials, type Identity } from '@nestor/connection';
import { letGo } from '@nestor/connection';

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
  requests!: HttpAgent;
  streams!: HttpAgent;
  private readonly unfollow: () => void;

  constructor(private readonly options: AgentOptions) {
    const { connection, changed, lookMs } = options;
    this.open(connection);
    const use = (identity: Identity): void => {
      const old = this.requests;
      this.open(identity);
      letGo(old);
      changed();
    };
    this.unfollow = followCredentials(connection, use, lookMs);
  }

  close(): void {
    this.unfollow();
    this.requests.destroy();
    this.streams.destroy();
  }

  /** Throws where certificate and key do not belong together, and changes nothing then. */
  private open({ ca, cert, key }: Identity): void {
    const { connection, maxSockets } = this.options;
    const { server, serverName: servername, insecure } = connection;
    const secure = new URL(server).protocol === 'https:';
    const AgentOfScheme = secure ? HttpsAgent : HttpAgent;
    // Made once: keys and certificates are not parsed again for each connection, nor compared for each request.
    const secureContext = secure ? createSecureContext({ ca, cert, key }) : undefined;
    const tls = secure ? { servername, rejectUnauthorized: !insecure, secureContext } : {};
    this.requests = new AgentOfScheme({
      keepAlive: true,
      maxSockets: maxSockets,
      // As many as there may be: a burst must not close the connections that the next one opens again.
      maxFreeSockets: maxSockets,
      scheduling: 'lifo',
      ...tls,
    });
    this.streams = new AgentOfScheme({ keepAlive: false, maxSockets: Infinity, ...tls });
  }
}
