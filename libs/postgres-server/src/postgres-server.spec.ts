import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { PostgresServer } from './postgres-server';
import { isPostmaster } from './postmaster-lock';

describe('PostgresServer', () => {
  let directory: string;
  let server: PostgresServer | undefined;
  // /var/tmp is on a disk where /tmp may be memory.
  beforeAll(() => (directory = mkdtempSync('/var/tmp/nestor-postgres-')));
  afterAll(async () => {
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function query(sql: string, url = server!.url('nestor')): Promise<unknown[]> {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(sql)).rows as unknown[];
    } finally {
      await client.end();
    }
  }

  it('starts durable, for its own user alone, and creates databases once', async () => {
    server = await PostgresServer.start({ directory });
    await server.createDatabase('nestor');
    await server.createDatabase('nestor');
    await query('CREATE TABLE kept (n int)');
    expect(await query('SHOW fsync')).toEqual([{ fsync: 'on' }]);
    expect(await query('SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
    expect(statSync(join(directory, 'data')).mode & 0o077).toBe(0);
    await expect(query('SELECT 1', server.url().replace(/:[0-9a-f]+@/, ':wrong@'))).rejects.toThrow(/password/);
  });

  it('keeps what was committed over a stop and a start, on the same port', async () => {
    await query('INSERT INTO kept VALUES (1)');
    const { port } = server!;
    await server!.stop();
    server = await PostgresServer.start({ directory });
    expect(server.port).toBe(port);
    expect(await query('SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  it('recovers after kill -9', async () => {
    await query('INSERT INTO kept VALUES (2)');
    await server!.kill();
    server = await PostgresServer.start({ directory });
    expect(await query('SELECT n FROM kept ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('starts over a lock file that names a process of someone else', async () => {
    await server!.stop();
    writeFileSync(join(directory, 'data', 'postmaster.pid'), `${process.pid}\n`);
    server = await PostgresServer.start({ directory });
    expect(await query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('takes over from a server that an earlier process left running', async () => {
    const old = server!;
    server = await PostgresServer.start({ directory });
    expect(isPostmaster(old.pid, join(directory, 'data'))).toBe(false);
    expect(await query('SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 2 }]);
  });

  it('says what kept it from starting', async () => {
    const port = server!.port;
    const other = mkdtempSync('/var/tmp/nestor-postgres-');
    try {
      await expect(PostgresServer.start({ directory: other, port, durable: false })).rejects.toThrow(
        /Postgres did not start: .*could not (create|bind)/,
      );
      expect(readdirSync(other)).toContain('initialised');
    } finally {
      rmSync(other, { recursive: true, force: true });
    }
  });
});
