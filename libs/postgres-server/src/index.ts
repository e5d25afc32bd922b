/**
 * Runs the Postgres that npm brought along: creates the cluster of files, starts, stops, and starts again after a
 * crash. Durability is on unless a test says otherwise.
 *
 * As root the server runs as a system user of its own, because Postgres refuses to be root. It ends when the
 * process that started it ends, however that happens.
 */
export { PostgresServer, type Login, type PostgresSettings } from './postgres-server';
export type { ServerTls } from './server-access';
export { postgresUser, unprivilegedCommand, type SystemUser } from './unprivileged-command';
