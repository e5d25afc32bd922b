import { Client, type ClientConfig } from 'pg';
import { PostgresHosts } from './postgres-hosts';
import { sqlState } from './postgres-error';

/** As Postgres says it of a statement: it may pass, once this server is promoted or another one is reached. */
class NoPrimary extends Error {
  readonly code = '25006';
}

/**
 * A connection that stands only to the primary. A standby answers reads as well, but of a past: a reader that took its
 * silence for "nothing more was committed" would lose changes. Sessions of a standby live on when it is promoted and
 * those of a primary end when it stops being one, so asking at the start is enough.
 */
export class PrimaryClient extends Client {
  private readonly hosts: PostgresHosts;
  private readonly address: string;

  constructor(config: ClientConfig) {
    const hosts = PostgresHosts.of(config.connectionString ?? '');
    const address = hosts.current;
    super({ ...config, connectionString: address });
    this.hosts = hosts;
    this.address = address;
  }

  override connect(): Promise<this>;
  override connect(callback: (error: Error) => void): void;
  override connect(callback?: (error: Error) => void): Promise<this> | void {
    const connected = this.connectToPrimary();
    if (!callback) return connected;
    // node-postgres' pool asks so, and takes null for success.
    connected.then(() => callback(null as unknown as Error), callback);
  }

  private async connectToPrimary(): Promise<this> {
    try {
      await super.connect();
      await this.checkPrimary();
      return this;
    } catch (error) {
      this.hosts.leave(this.address);
      // Nobody waits for a server that may not answer.
      this.connection?.stream.destroy();
      throw error;
    }
  }

  private async checkPrimary(): Promise<void> {
    const { rows } = await this.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
    if (rows[0]?.standby) throw new NoPrimary('the server is a standby, which takes no writes');
    const timeline = await this.timeline();
    if (timeline !== undefined && !this.hosts.accepts(timeline)) {
      throw new NoPrimary(`the server is on timeline ${timeline}: another was promoted since and has later writes`);
    }
  }

  /** Undefined where a server does not tell: managed ones may keep their log to themselves. */
  private async timeline(): Promise<number | undefined> {
    try {
      const { rows } = await this.query<{ file: string }>('SELECT pg_walfile_name(pg_current_wal_lsn()) AS file');
      return Number.parseInt(rows[0]!.file.slice(0, 8), 16);
    } catch (error) {
      if (/^(0A|42|55)/.test(sqlState(error))) return undefined;
      throw error;
    }
  }
}
