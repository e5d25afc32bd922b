import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { Authenticator, ConnectionOptions, NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';

export interface DialOptions {
  url: string;
  /** Name shown in the server's list of connections. */
  name?: string;
  caFile?: string;
  certFile?: string;
  keyFile?: string;
}

/** A connection that looks for its server for ever; the first time it gives up soon, for the caller to try again. */
export function dial(options: DialOptions, authenticator?: Authenticator): Promise<NatsConnection> {
  const { url, name, caFile, certFile, keyFile } = options;
  const settings: ConnectionOptions = {
    servers: url,
    ...(name ? { name } : {}),
    // Who shows credentials wants to know to whom.
    ...(authenticator || caFile || certFile ? { tls: { caFile, certFile, keyFile, ...verified(url) } } : {}),
    ...(authenticator ? { authenticator } : {}),
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    pingInterval: 5_000,
    maxPingOut: 2,
    timeout: 3_000,
  };
  return connect(settings);
}

/** The library names no address to Node, which would take any server for the one that is called localhost. */
function verified(url: string): object {
  const { hostname } = new URL(url.replace(/^\w+:/, 'http:'));
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const isMeant = (host: string, certificate: PeerCertificate): Error | undefined =>
    checkServerIdentity(host === 'localhost' ? address : host, certificate);
  return { minVersion: 'TLSv1.2', ...(isIP(address) ? { checkServerIdentity: isMeant } : {}) };
}
