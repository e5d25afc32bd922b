import type { ClientConfig } from 'pg';

export interface ConnectionLimits {
  /** The server gives a statement up after this long. */
  statementTimeoutMs: number;
  /** The client gives the connection up when a statement has not answered after this long. */
  queryTimeoutMs: number;
  connectTimeoutMs: number;
}

export const defaultLimits: ConnectionLimits = {
  statementTimeoutMs: 5_000,
  queryTimeoutMs: 8_000,
  connectTimeoutMs: 3_000,
};

/**
 * For connections that only look rows up by key. The planner takes a table of one row for one page and would read it from
 * end to end, also when a long transaction elsewhere has let it grow to thousands.
 */
export function lookupSettings(url: string, purpose: string, limits?: ConnectionLimits): ClientConfig {
  const settings = clientSettings(url, purpose, limits);
  return { ...settings, options: `${settings.options} -c enable_seqscan=off` };
}

/** Settings of every connection of the hot path. Acknowledged means durable, whatever the server's default is. */
export function clientSettings(url: string, purpose: string, limits: ConnectionLimits = defaultLimits): ClientConfig {
  return {
    connectionString: url,
    application_name: `nestor-${purpose}`,
    keepAlive: true,
    connectionTimeoutMillis: limits.connectTimeoutMs,
    statement_timeout: limits.statementTimeoutMs,
    query_timeout: limits.queryTimeoutMs,
    idle_in_transaction_session_timeout: 30_000,
    options: '-c synchronous_commit=on',
  };
}
