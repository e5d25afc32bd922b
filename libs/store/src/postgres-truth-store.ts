import { type ClientConfig, Pool, type PoolConfig } from 'pg';
import { acquireAdvisoryLock } from './connection/advisory-lock';
import { clientSettings, lookupSettings, type ConnectionLimits, defaultLimits } from './connection/client-settings';
import { toApiError } from './connection/postgres-error';
import { PrimaryClient } from './connection/primary-client';
import { defaultPartitions, type PartitionSettings } from './partitions/partition-settings';
import { ChangeLog } from './read/change-log';
import { RevisionListener } from './read/revision-listener';
import { SharedQuery } from './read/shared-query';
import { SchemaWork } from './schema-work';
import type {
  Change,
  HeldLock,
  Revision,
  SnapshotPage,
  StoredObject,
  TruthStore,
  WriteOperation,
  WriteOutcome,
} from './truth-store';
import { CommitConnection, type CommittedBatch } from './write/commit-connection';
import { defaultGroupCommitLimits, GroupCommit, type GroupCommitLimits } from './write/group-commit';
import { OwnCommits } from './write/own-commits';

export interface TruthStoreOptions {
  /** postgres://user:password@host:port/database; several hosts, separated by commas, where one may take over from another. */
  url: string;
  partitions?: Partial<PartitionSettings>;
  groupCommit?: Partial<GroupCommitLimits>;
  connection?: Partial<ConnectionLimits>;
  /** How often the revision is read without a notification. */
  tickMs?: number;
}

/** Connects, brings the schema up to date (replicas may start together) and begins to listen. */
export async function openTruthStore(options: TruthStoreOptions): Promise<TruthStore> {
  const store = new PostgresTruthStore(options);
  try {
    await store.start();
    return store;
  } catch (error) {
    await store.close();
    throw toApiError(error);
  }
}

class PostgresTruthStore implements TruthStore {
  private readonly limits: ConnectionLimits;
  private readonly pool: Pool;
  /** Its own connection: no long read may stand before a consistent read. */
  private readonly revisionPool: Pool;
  private readonly schema: SchemaWork;
  private readonly connection: CommitConnection;
  private readonly groupCommit: GroupCommit;
  private readonly ownCommits = new OwnCommits();
  private readonly log: ChangeLog;
  private readonly revision: SharedQuery<Revision>;
  private readonly listener: RevisionListener;
  private readonly listeners = new Set<(revision: Revision) => void>();
  private newest: Revision = 0;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: TruthStoreOptions) {
    this.limits = { ...defaultLimits, ...options.connection };
    this.pool = createPool(clientSettings(options.url, 'reader', this.limits), 4);
    this.revisionPool = createPool(lookupSettings(options.url, 'revision', this.limits), 1);
    this.schema = new SchemaWork(options.url, this.limits, { ...defaultPartitions, ...options.partitions });
    this.connection = new CommitConnection(options.url, this.limits);
    this.groupCommit = new GroupCommit({
      connection: this.connection,
      limits: { ...defaultGroupCommitLimits, ...options.groupCommit },
      committed: (batch, changes) => this.committed(batch, changes),
      makePartitions: () => this.schema.makeAhead(),
    });
    this.log = new ChangeLog(this.pool);
    this.revision = new SharedQuery(() => this.readRevision());
    this.listener = new RevisionListener({
      url: options.url,
      limits: this.limits,
      tickMs: options.tickMs ?? 1000,
      currentRevision: () => this.currentRevision(),
      heard: (revision) => this.advance(revision),
      isOwn: (processId) => this.connection.processId === processId,
    });
  }

  async start(): Promise<void> {
    await this.schema.start();
    await this.listener.start();
  }

  write(operation: WriteOperation): Promise<WriteOutcome> {
    return this.groupCommit.write(operation);
  }

  currentRevision(): Promise<Revision> {
    return this.revision.read();
  }

  snapshot(resource: string): Promise<{ revision: Revision; objects: StoredObject[] }> {
    return this.log.snapshot(resource);
  }

  snapshots(resources: readonly string[]): AsyncGenerator<SnapshotPage, void> {
    return this.log.pages(resources);
  }

  everything(): AsyncGenerator<SnapshotPage, void> {
    return this.log.pages();
  }

  resources(): Promise<string[]> {
    return this.log.resources();
  }

  changes(after: Revision, limit: number, resource?: string): Promise<Change[]> {
    return this.log.changes(after, limit, resource);
  }

  async tail(after: Revision, limit: number): Promise<Change[]> {
    return this.ownCommits.following(after, limit) ?? this.log.tail(after, limit);
  }

  compactedRevision(): Promise<Revision> {
    return this.log.compactedRevision();
  }

  onRevision(listener: (revision: Revision) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async compact(retention: { keepRevisions: number; olderThanMs: number }): Promise<Revision> {
    try {
      return await this.schema.compact(retention);
    } catch (error) {
      throw toApiError(error);
    }
  }

  acquireLock(name: string, signal: AbortSignal): Promise<HeldLock> {
    return acquireAdvisoryLock(this.options.url, this.limits, name, signal);
  }

  async position(name: string): Promise<Revision> {
    const { rows } = await this.query<{ revision: string }>('SELECT revision FROM reader_position WHERE name = $1', [
      name,
    ]);
    return Number(rows[0]?.revision ?? 0);
  }

  async savePosition(name: string, revision: Revision): Promise<void> {
    // Never back: a reader that lost its lock without knowing may still save.
    await this.query(
      `INSERT INTO reader_position (name, revision) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET revision = greatest(reader_position.revision, EXCLUDED.revision)`,
      [name, revision],
    );
  }

  async ping(): Promise<void> {
    try {
      await this.connection.touch();
    } catch (error) {
      throw toApiError(error);
    }
  }

  close(): Promise<void> {
    this.closing ??= (async () => {
      this.listeners.clear();
      await this.groupCommit.close();
      await this.listener.stop();
      await this.connection.close();
      await Promise.all([this.pool.end(), this.revisionPool.end(), this.schema.close()]);
    })();
    return this.closing;
  }

  private committed(batch: CommittedBatch, changes: Change[]): void {
    this.ownCommits.add(batch, changes);
    this.advance(batch.last);
  }

  private advance(revision: Revision): void {
    if (revision <= this.newest) return;
    this.newest = revision;
    if (this.schema.runningLow(revision)) {
      // Failing is no loss: the next commit tries again, and one that finds no partition waits for it.
      this.schema.makeAhead().catch(() => undefined);
    }
    for (const listener of this.listeners) listener(revision);
  }

  private async readRevision(): Promise<Revision> {
    try {
      const { rows } = await this.revisionPool.query<{ value: string }>({
        name: 'revision',
        text: 'SELECT value FROM current_revision',
      });
      return Number(rows[0]?.value);
    } catch (error) {
      throw toApiError(error);
    }
  }

  private async query<Row extends object>(text: string, values: unknown[]): Promise<{ rows: Row[] }> {
    try {
      return await this.pool.query(text, values);
    } catch (error) {
      throw toApiError(error);
    }
  }
}

function createPool(settings: ClientConfig, max: number): Pool {
  // The types have a Client without arguments, but the pool gives it its own settings.
  const pool = new Pool({ ...settings, max, Client: PrimaryClient } as unknown as PoolConfig);
  // An idle connection that Postgres closed is replaced at the next query.
  pool.on('error', () => undefined);
  return pool;
}
