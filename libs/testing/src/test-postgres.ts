import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Client } from 'pg';
import { PostgresServer } from '@nestor/postgres-server';
import { eventually } from './eventually';
import { repositoryRoot } from './repository-root';
import { temporaryDirectory } from './temporary-directory';

export interface TestDatabase {
  url: string;
  /** Drops the database. */
  stop(): Promise<void>;
}

interface SharedServer {
  url: string;
  pid: number;
}

/** A fresh, empty database. The server behind it is started once for the whole jest run. */
export async function startTestPostgres(): Promise<TestDatabase> {
  const name = `test_${randomUUID().replace(/-/g, '')}`;
  const run = process.env.NESTOR_TEST_RUN;
  if (!run) return startOwnServer(name);

  const { url } = await sharedServer(run);
  await query(url, `CREATE DATABASE ${name}`);
  return {
    url: url.replace(/[^/]*$/, name),
    stop: () => query(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function startOwnServer(name: string): Promise<TestDatabase> {
  const directory = temporaryDirectory('postgres');
  const server = await PostgresServer.start({ directory: directory.path, durable: false, templates });
  return {
    url: await server.createDatabase(name),
    stop: async () => {
      await server.stop();
      directory.remove();
    },
  };
}

/** Beside the other things that tests unpack once. */
const templates = join(repositoryRoot(), 'node_modules', '.cache', 'nestor');

/** The first worker that asks starts it; the folder made by mkdir is the lock. jest's global teardown stops it. */
async function sharedServer(run: string): Promise<SharedServer> {
  const file = join(run, 'postgres.json');
  try {
    mkdirSync(join(run, 'postgres'));
  } catch {
    return eventually(() => JSON.parse(readFileSync(file, 'utf8')) as SharedServer, { timeoutMs: 60_000 });
  }
  const server = await PostgresServer.start({
    directory: join(run, 'postgres'),
    durable: false,
    endsWithParent: false,
    templates,
  });
  server.release();
  endWithRun(server.pid, Number(process.env.NESTOR_TEST_RUN_PID));
  const shared = { url: server.url(), pid: server.pid };
  writeFileSync(`${file}.new`, JSON.stringify(shared));
  // Whole or not at all, for those who wait for it.
  renameSync(`${file}.new`, file);
  return shared;
}

/** A run that is killed has no teardown; this ends the server then. */
function endWithRun(server: number, run: number): void {
  const script = `while kill -0 ${run} 2>/dev/null && kill -0 ${server} 2>/dev/null; do sleep 1; done; kill -INT ${server} 2>/dev/null`;
  spawn('/bin/sh', ['-c', script], { detached: true, stdio: 'ignore' }).unref();
}

/** For jest's global teardown. */
export async function stopSharedServers(run: string): Promise<void> {
  try {
    const { pid } = JSON.parse(readFileSync(join(run, 'postgres.json'), 'utf8')) as SharedServer;
    process.kill(pid, 'SIGINT');
    await eventually(() => {
      if (alive(pid)) throw new Error('Postgres still runs');
    }).catch(() => process.kill(pid, 'SIGKILL'));
  } catch {
    // No test asked for a server.
  }
  rmSync(run, { recursive: true, force: true });
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
