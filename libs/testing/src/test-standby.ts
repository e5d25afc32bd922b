import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { PostgresServer } from '@nestor/postgres-server';
import { eventually } from './eventually';
import { temporaryDirectory } from './temporary-directory';

/** Two Postgres servers, of which one follows the other: no commit is acknowledged before both have it. */
export interface ReplicatedPostgres {
  readonly primary: PostgresServer;
  readonly standby: PostgresServer;
  /** Runs SQL as the superuser. */
  sql(server: PostgresServer, text: string): Promise<Record<string, unknown>[]>;
  /** Makes the standby the primary. */
  promote(): Promise<void>;
  /** Starts what was the first primary again, as it was. */
  restartPrimary(): Promise<void>;
  stop(): Promise<void>;
}

export async function startReplicatedPostgres(database: string): Promise<ReplicatedPostgres> {
  const folders = [temporaryDirectory('primary'), temporaryDirectory('standby')] as const;
  const [here, there] = folders.map(({ path }) => path) as [string, string];
  let primary = await PostgresServer.start({ directory: here });
  await primary.createDatabase(database);
  // Copied while it is stopped: there is no pg_basebackup among the binaries of the package.
  await primary.stop();
  execFileSync('cp', ['-a', `${here}/.`, there]);
  rmSync(join(there, 'port'));
  primary = await PostgresServer.start({ directory: here, port: primary.port });
  follow(join(there, 'data'), primary);
  const standby = await PostgresServer.start({ directory: there });

  const sql = async (server: PostgresServer, text: string) => {
    const client = new Client({ connectionString: server.url(database) });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  };
  await sql(primary, `ALTER SYSTEM SET synchronous_standby_names = '*'`);
  await sql(primary, 'SELECT pg_reload_conf()');
  await eventually(async () => {
    const [row] = await sql(primary, 'SELECT sync_state FROM pg_stat_replication');
    if (row?.['sync_state'] !== 'sync') throw new Error(`the standby is ${String(row?.['sync_state'])}`);
  });
  return {
    get primary() {
      return primary;
    },
    standby,
    sql,
    promote: async () => {
      await sql(standby, 'SELECT pg_promote()');
    },
    restartPrimary: async () => {
      primary = await PostgresServer.start({ directory: here, port: primary.port });
    },
    stop: async () => {
      // The standby first: a primary that stops waits until it has sent everything.
      await standby.stop();
      await primary.kill();
      for (const folder of folders) folder.remove();
    },
  };
}

function follow(dataDir: string, primary: PostgresServer): void {
  const { username, password } = new URL(primary.url());
  const connection = `host=127.0.0.1 port=${primary.port} user=${username} password=${password}`;
  writeFileSync(join(dataDir, 'standby.signal'), '');
  writeFileSync(join(dataDir, 'postgresql.auto.conf'), `primary_conninfo = '${connection}'\n`);
}
