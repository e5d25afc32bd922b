import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { copyTemplate, createCluster, superuser, type ClusterFiles } from './cluster-files';
import { postgresBinaries, postgresEnvironment, postgresVersion } from './postgres-binaries';
import { childrenOf, clearPostmasterLock, killed } from './postmaster-lock';
import { choosePort } from './server-port';
import { placeCertificate, plainAccess, secureAccess, type ServerAccess, type ServerTls } from './server-access';
import { postgresUser, unprivilegedCommand } from './unprivileged-command';

export interface PostgresSettings {
  /** Holds the cluster of files and the password. Created when missing. */
  directory: string;
  /** 0 or nothing: the one used last if it is free, otherwise any. */
  port?: number;
  logFile?: string;
  /**
   * With it clients come by a Unix socket or by TLS, never by plain TCP. Without it, for tests and measurements, by plain
   * TCP on loopback alone.
   */
  tls?: ServerTls;
  /** False only for tests: a crash of the machine may then lose commits. */
  durable?: boolean;
  /** False: the server outlives this process. */
  endsWithParent?: boolean;
  /**
   * For tests: a folder that keeps a cluster as initdb leaves it, one for each version and user. A new directory begins
   * as a copy of it, which takes a tenth of the time; made by the first who asks.
   */
  templates?: string;
}

/** As whom a client comes. */
export interface Login {
  role: string;
  password: string;
}

/** One Postgres server process. */
export class PostgresServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    private readonly superuserPassword: string,
    private readonly settings: PostgresSettings,
    private readonly access: ServerAccess,
    /** Resolves when the process ends, expected or not. */
    readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>,
  ) {}

  static async start(settings: PostgresSettings): Promise<PostgresServer> {
    const directory = resolve(settings.directory);
    const dataDir = join(directory, 'data');
    const binaries = postgresBinaries();
    const user = postgresUser();
    mkdirSync(directory, { recursive: true });
    if (settings.templates) {
      const name = `postgres-${postgresVersion()}-${user?.uid ?? process.getuid?.() ?? 0}`;
      await copyTemplate(join(settings.templates, name), { directory, dataDir, binaries, user, durable: false });
    }
    const password = await createCluster({ directory, dataDir, binaries, user, durable: settings.durable ?? true });
    await clearPostmasterLock(dataDir);
    const port = await choosePort(directory, settings.port);
    const access = settings.tls ? secureAccess(directory, superuser, user) : plainAccess;
    if (settings.tls) placeCertificate(directory, settings.tls, user);

    // After a crash the old server's workers may hold the shared memory for a moment longer.
    for (let attempt = 1; ; attempt++) {
      const log = new ServerLog(settings.logFile ?? join(directory, 'postgres.log'));
      const child = spawnServer({ dataDir, binaries, user, port, log, settings, access });
      const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) => {
        child.once('error', () => done({ code: 127, signal: null }));
        child.once('exit', (code, signal) => done({ code, signal }));
      });
      const server = new PostgresServer(child, port, password, settings, access, exited);
      if (await server.answers()) {
        if (settings.tls) await server.keepToItsDatabases();
        return server;
      }
      const text = log.sinceStart();
      if (attempt >= 20 || !/pre-existing shared memory|lock file .* already exists/.test(text)) {
        throw new Error(`Postgres did not start: ${lastProblem(text)}`);
      }
      await sleep(250);
    }
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** By the Unix socket where there is one. */
  url(database = 'postgres', login: Login = { role: superuser, password: this.superuserPassword }): string {
    const { socketDirectory } = this.access;
    if (!socketDirectory) return this.tcpUrl(database, login);
    const { role, password } = login;
    return `postgres://${role}:${password}@/${database}?host=${encodeURIComponent(socketDirectory)}&port=${this.port}`;
  }

  /** Over TCP, and where the server has TLS by that. */
  tcpUrl(database: string, { role, password }: Login): string {
    const { tls } = this.settings;
    const query = tls ? `?sslmode=verify-full&sslrootcert=${encodeURIComponent(tls.caFile)}` : '';
    return `postgres://${role}:${password}@127.0.0.1:${this.port}/${database}${query}`;
  }

  /** Takes up a certificate that was renewed in its files. Connections that stand go on. */
  reloadCertificate(): void {
    const { tls, directory } = this.settings;
    if (!tls) return;
    placeCertificate(resolve(directory), tls, postgresUser());
    this.child.kill('SIGHUP');
  }

  /** Creates the database unless it is there; gives its URL. */
  async createDatabase(name: string): Promise<string> {
    await this.query(async (client) => {
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
      if (!rowCount) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
    });
    return this.url(name);
  }

  async dropDatabase(name: string): Promise<void> {
    await this.query((client) => client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`));
  }

  /** Open transactions are rolled back and clients are told. */
  async stop(): Promise<void> {
    this.child.kill('SIGINT');
    await this.exited;
  }

  /** As a crash would end it: the backends as well, which otherwise live on until they see that the postmaster is gone. */
  async kill(): Promise<void> {
    const backends = childrenOf(this.pid);
    this.child.kill('SIGKILL');
    await Promise.all([this.exited, ...backends.map(killed)]);
  }

  /** Lets this process end while the server runs on. */
  release(): void {
    this.child.unref();
  }

  /** Any role may look into these otherwise, and fill them with temporary tables. */
  private async keepToItsDatabases(): Promise<void> {
    await this.query((client) => client.query('REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC'));
  }

  private async query(work: (client: Client) => Promise<unknown>): Promise<void> {
    const client = new Client({ connectionString: this.url() });
    // A server that goes away meanwhile rejects the query; the event must not end the process.
    client.on('error', () => undefined);
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end();
    }
  }

  /** False when the process ended instead. Recovery after a crash may take long, so there is no time limit. */
  private async answers(): Promise<boolean> {
    let ended = false;
    void this.exited.then(() => (ended = true));
    while (!ended) {
      try {
        await this.query((client) => client.query('SELECT 1'));
        return true;
      } catch {
        // Not listening yet, or still recovering.
        await sleep(30);
      }
    }
    return false;
  }
}

interface ServerStart extends Omit<ClusterFiles, 'directory' | 'durable'> {
  port: number;
  log: ServerLog;
  settings: PostgresSettings;
  access: ServerAccess;
}

function spawnServer({ dataDir, binaries, user, port, log, settings, access }: ServerStart): ChildProcess {
  const options = { ...serverOptions(port, settings.durable ?? true), ...access.options };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command = [join(binaries, 'postgres'), '-D', dataDir, ...flags];
  const endsWithParent = settings.endsWithParent ?? true;
  const { file, args, uid, gid } = unprivilegedCommand(command, {
    user,
    paths: [join(binaries, 'postgres'), join(dataDir, 'PG_VERSION')],
    // SIGINT is Postgres' fast shutdown.
    ...(endsWithParent && { deathSignal: 'SIGINT' }),
  });
  const output = log.open();
  const child = spawn(file, args, {
    uid,
    gid,
    cwd: '/',
    env: postgresEnvironment(),
    stdio: ['ignore', output, output],
    // A group of its own: Ctrl-C goes to the supervisor alone, which stops the others first.
    detached: true,
  });
  closeSync(output);
  return child;
}

function serverOptions(port: number, durable: boolean): Record<string, string | number> {
  return {
    listen_addresses: '127.0.0.1',
    port,
    max_connections: 100,
    shared_buffers: '128MB',
    fsync: durable ? 'on' : 'off',
    synchronous_commit: 'on',
    full_page_writes: durable ? 'on' : 'off',
    max_wal_size: '1GB',
    checkpoint_timeout: '15min',
    // Short statements on few cores: neither pays here.
    jit: 'off',
    max_parallel_workers_per_gather: 0,
    log_min_messages: 'warning',
    log_line_prefix: '%m [%p] ',
  };
}

class ServerLog {
  private start = 0;

  constructor(private readonly path: string) {}

  open(): number {
    this.start = existsSync(this.path) ? readFileSync(this.path).length : 0;
    return openSync(this.path, 'a', 0o644);
  }

  sinceStart(): string {
    return readFileSync(this.path).subarray(this.start).toString('utf8');
  }
}

function lastProblem(log: string): string {
  const lines = log.trim().split('\n');
  return lines.filter((line) => /FATAL|PANIC|ERROR|error|cannot/.test(line)).at(-1) ?? lines.at(-1) ?? 'no output';
}
