import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresServer } from '@nestor/postgres-server';

/** A server of the test's own, for tests that kill it. */
export interface LocalPostgres {
  createDatabase(): Promise<string>;
  /** Again, on the same data and port. */
  start(): Promise<void>;
  kill(): Promise<void>;
  remove(): Promise<void>;
}

export async function localPostgres(): Promise<LocalPostgres> {
  const directory = mkdtempSync(join(tmpdir(), 'nestor-store-'));
  let server = await PostgresServer.start({ directory });
  let databases = 0;
  return {
    createDatabase: () => server.createDatabase(`test_${(databases += 1)}`),
    async start() {
      server = await PostgresServer.start({ directory, port: server.port });
    },
    kill: () => server.kill(),
    async remove() {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
