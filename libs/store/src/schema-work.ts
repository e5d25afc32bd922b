import type { DataSource } from 'typeorm';
import { clientSettings, type ConnectionLimits } from './connection/client-settings';
import { isUndefinedTable } from './connection/postgres-error';
import { PostgresHosts } from './connection/postgres-hosts';
import { PrimaryClient } from './connection/primary-client';
import { ObjectGeneration1764160000000 } from './migrations/object-generation.migration';
import type { ChangePartitions, Retention } from './partitions/change-partitions';
import { type PartitionSettings, revisionsAhead } from './partitions/partition-settings';
import type { Revision } from './truth-store';

const newestMigration = new ObjectGeneration1764160000000().name;

interface Tools {
  dataSource: DataSource;
  partitions: ChangePartitions;
  migrate(): Promise<void>;
}

/**
 * What is done to the schema: migrations, and the partitions of the change log. It is TypeORM's part, which is loaded
 * when there is something to do: on a database that is up to date, loading it would be a sixth of the whole start.
 */
export class SchemaWork {
  private tools: Promise<Tools> | undefined;
  private making: Promise<void> | undefined;
  private compacting: Promise<Revision> | undefined;
  /** End of the newest partition as last seen. */
  private high: Revision = 0;

  constructor(
    private readonly url: string,
    private readonly limits: ConnectionLimits,
    private readonly settings: PartitionSettings,
  ) {}

  /** Brings the schema up to date. Replicas may start together. */
  async start(): Promise<void> {
    const state = await this.findPrimary();
    if (state) this.high = state.high;
    else await (await this.open()).migrate();
    if (!state || this.runningLow(state.revision)) await this.makeAhead();
  }

  /** True when a replica should make partitions at this revision. Cheap: called for every commit. */
  runningLow(revision: Revision): boolean {
    return revision + revisionsAhead(this.settings) / 2 >= this.high;
  }

  makeAhead(): Promise<void> {
    this.making ??= this.open()
      .then(({ partitions }) => partitions.makeAhead())
      .then((high) => void (this.high = high))
      .finally(() => (this.making = undefined));
    return this.making;
  }

  /** Drops whole partitions that are out of both retentions; returns the revision from which changes can be read. */
  async compact(retention: Retention): Promise<Revision> {
    // One at a time: of two connections one is always free to make partitions.
    while (this.compacting) await this.compacting.catch(() => undefined);
    this.compacting = this.open()
      .then(({ partitions }) => partitions.compact(retention))
      .finally(() => (this.compacting = undefined));
    return this.compacting;
  }

  async close(): Promise<void> {
    const tools = await this.tools?.catch(() => undefined);
    await tools?.dataSource.destroy();
  }

  /** The first connection: each host of the URL is asked once, and those that follow know where to go. */
  private async findPrimary(): ReturnType<SchemaWork['state']> {
    for (let left = PostgresHosts.of(this.url).count; ; left -= 1) {
      try {
        return await this.state();
      } catch (error) {
        if (left <= 1) throw error;
      }
    }
  }

  /** Where the database stands; undefined when a migration is missing. */
  private async state(): Promise<{ revision: Revision; high: Revision } | undefined> {
    const client = new PrimaryClient(clientSettings(this.url, 'store-schema', this.limits));
    client.on('error', () => undefined); // The queries below report it.
    await client.connect();
    try {
      const done = await client.query('SELECT FROM schema_migration WHERE name = $1', [newestMigration]);
      if (!done.rowCount) return undefined;
      const { rows } = await client.query<{ value: string; high: string | null }>(
        'SELECT value, (SELECT max(high) FROM change_partition) AS high FROM current_revision',
      );
      return { revision: Number(rows[0]?.value), high: Number(rows[0]?.high ?? 0) };
    } catch (error) {
      if (isUndefinedTable(error)) return undefined;
      throw error;
    } finally {
      await client.end();
    }
  }

  private open(): Promise<Tools> {
    this.tools ??= this.load().catch((error: unknown) => {
      this.tools = undefined;
      throw error;
    });
    return this.tools;
  }

  private async load(): Promise<Tools> {
    const { createDataSource, migrate } =
      require('./migrations/data-source') as typeof import('./migrations/data-source');
    const { ChangePartitions } =
      require('./partitions/change-partitions') as typeof import('./partitions/change-partitions');
    const dataSource = createDataSource(this.url);
    await dataSource.initialize();
    return {
      dataSource,
      partitions: new ChangePartitions(dataSource, this.settings),
      migrate: () => migrate(dataSource, this.url),
    };
  }
}
