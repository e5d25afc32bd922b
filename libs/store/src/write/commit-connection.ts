import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { lookupSettings, type ConnectionLimits } from '../connection/client-settings';
import { PrimaryClient } from '../connection/primary-client';
import type { Revision, WriteOperation } from '../truth-store';
import { ByteaArrays, int8Array, textArray } from './binary-array';

/** What one batch came to: results as write_batch encodes them, one per operation. */
export interface CommittedBatch {
  first: Revision;
  last: Revision;
  results: number[];
  uids: string[];
}

interface BatchRow {
  first_revision: string;
  last_revision: string;
  results: string[];
  object_uids: string[];
}

const typeCodes = { create: 'c', update: 'u', delete: 'd' } as const;

const writeStatement = {
  name: 'write_batch',
  text: 'SELECT * FROM write_batch($1, $2, $3, $4, $5, $6, $7, $8, $9)',
};

/**
 * While a transaction elsewhere stays open, dead versions of a row cannot be cleared away, and every commit walks over
 * those of its writer's row. A new row has none.
 */
const maxVersions = 256;

/**
 * The one connection that commits. Batches are numbered, so that after a broken connection Postgres can be asked what
 * became of the last one (resolve); a number given up there can never commit any more.
 */
export class CommitConnection {
  private instance = randomUUID();
  private formerInstance: string | undefined;
  /** One batch is under way at a time, and node-postgres copies it as it is sent. */
  private readonly bodies = new ByteaArrays();
  private client: Client | undefined;
  private connecting: Promise<Client> | undefined;
  private registered = false;
  private batch = 0;
  /** Changes of this writer's row, each of which left a dead version of it. */
  private versions = 0;
  private lostBatch: number | undefined;

  constructor(
    private readonly url: string,
    private readonly limits: ConnectionLimits,
  ) {}

  /** Commits in one round trip. After a throw that is no definite failure the batch is lost: resolve() before the next. */
  async commit(operations: readonly WriteOperation[]): Promise<CommittedBatch> {
    if (this.versions >= maxVersions) this.changeName();
    const client = await this.connected();
    const number = this.batch + 1;
    // Encoded before the number is at stake.
    const values = [
      this.instance,
      number,
      textArray(operations.map((operation) => typeCodes[operation.type])),
      textArray(operations.map((operation) => operation.resource)),
      textArray(operations.map((operation) => operation.namespace)),
      textArray(operations.map((operation) => operation.name)),
      int8Array(operations.map((operation) => (operation.type === 'create' ? 0 : operation.expected))),
      textArray(operations.map((operation) => (operation.type === 'create' ? operation.uid : ''))),
      this.bodies.encode(operations.map((operation) => operation.body)),
    ];
    this.lostBatch = number;
    this.versions += 1;
    const { rows } = await client.query<BatchRow>({ ...writeStatement, values });
    this.lostBatch = undefined;
    this.batch = number;
    return toBatch(rows[0]);
  }

  /** The server said that the last batch failed: its number is free again. */
  failed(): void {
    this.lostBatch = undefined;
  }

  /** Somebody removed this writer's row; the next connection makes it anew, past every number used so far. */
  forgetRegistration(): void {
    this.registered = false;
  }

  /** Of the Postgres backend that commits; undefined while there is none. */
  get processId(): number | undefined {
    // Missing in the types of node-postgres.
    return (this.client as { processID?: number } | undefined)?.processID;
  }

  get unresolved(): boolean {
    return this.lostBatch !== undefined;
  }

  /** What became of the lost batch: its outcome, or undefined when it did not and never will commit. Throws while Postgres is away. */
  async resolve(): Promise<CommittedBatch | undefined> {
    const number = this.lostBatch;
    if (number === undefined) return undefined;
    await this.disconnect();
    const client = await this.connected();
    const { rows } = await client.query<BatchRow & { committed: boolean }>('SELECT * FROM resolve_batch($1, $2)', [
      this.instance,
      number,
    ]);
    this.batch = number;
    this.lostBatch = undefined;
    return rows[0]?.committed ? toBatch(rows[0]) : undefined;
  }

  /** Shows that a commit goes through right now. */
  async touch(): Promise<void> {
    const client = await this.connected();
    this.versions += 1;
    await client.query('UPDATE writer SET seen_at = now() WHERE instance = $1', [this.instance]);
  }

  async disconnect(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    // The server may be gone; there is nobody to say goodbye to.
    client?.connection?.stream.destroy();
    await client?.end().catch(() => undefined);
  }

  async close(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (!client) return;
    if (!this.unresolved) {
      await client.query('DELETE FROM writer WHERE instance = $1', [this.instance]).catch(() => undefined);
    }
    await client.end().catch(() => undefined);
  }

  /** Goes on under another name. Only between batches: nobody will ask what became of one under the old name. */
  private changeName(): void {
    // If it stays behind because the connection breaks now, compaction removes it as any row of a writer that is gone.
    this.formerInstance = this.instance;
    this.instance = randomUUID();
    this.batch = 0;
    this.versions = 0;
    this.registered = false;
  }

  private connected(): Promise<Client> {
    if (this.client && this.registered) return Promise.resolve(this.client);
    // Commits and health checks share one attempt.
    this.connecting ??= this.connect().finally(() => {
      this.connecting = undefined;
    });
    return this.connecting;
  }

  private async connect(): Promise<Client> {
    const client = this.client ?? (await this.open());
    this.client = client;
    if (!this.registered) {
      await client.query(
        `WITH before AS (DELETE FROM writer WHERE instance = $3)
         INSERT INTO writer (instance, batch) VALUES ($1, $2)
         ON CONFLICT (instance) DO UPDATE SET batch = EXCLUDED.batch`,
        [this.instance, this.batch, this.formerInstance ?? null],
      );
      this.formerInstance = undefined;
      this.registered = true;
    }
    return client;
  }

  private async open(): Promise<Client> {
    const client = new PrimaryClient(lookupSettings(this.url, 'writer', this.limits));
    client.on('error', () => {
      if (this.client === client) this.client = undefined;
    });
    try {
      await client.connect();
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    return client;
  }
}

function toBatch(row: BatchRow | undefined): CommittedBatch {
  if (!row) throw new Error('write_batch returned no row');
  return {
    first: Number(row.first_revision),
    last: Number(row.last_revision),
    results: row.results.map(Number),
    uids: row.object_uids,
  };
}
