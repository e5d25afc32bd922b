import type { DataSource } from 'typeorm';
import { clientSettings, type ConnectionLimits } from './connection/client-settings';
import { isInsufficientPrivilege, isUndefinedTable } from './connection/postgres-error';
import { PostgresHosts } from './connection/postgres-hosts';
import { PrimaryClient } from './connection/primary-client';
import { createSchema } from './migrations/create-schema';
import { schemaSteps } from './migrations/schema-steps';
import type { ChangePartitions, Retention } from './partitions/change-partitions';
import { makePartitionsAhead } from './partitions/make-partitions';
import { type PartitionSettings, revisionsAhead } from './partitions/partition-settings';
import type { Revision } from './truth-store';

const newestMigration = schemaSteps.at(-1)!.name;

interface Tools {
  dataSource: DataSource;
  partitions: ChangePartitions;
  migrate(): Promise<void>;
}

/**
 * What is done to the schema: migrations, and the partitions of the change log. TypeORM is loaded when there is an older
 * schema to migrate, or history to compact: loading it at each start would be a sixth of the whole start.
 */
export class SchemaWork {
  private tools: Promise<Tools> | undefined;
  private making: Promise<void> | undefined;
  private compacting: Promise<Revision> | undefined;
  /** End of the newest partition as last seen. */
  private high: Revision = 0;

  constructor(
    readonly url: string,
    private readonly limits: ConnectionLimits,
    private readonly settings: PartitionSettings,
    /** As whom, where that is not the user of the URL. */
    readonly role?: string,
  ) {}

  /** Brings the schema up to date, if the role may, and makes the partitions. Replicas may start together. */
  async start(): Promise<void> {
    const state = await this.bringUpToDate();
    if (state) this.high = state.high;
    if (!state || this.runningLow(state.revision)) await this.makeAhead();
  }

  /** Gives where the database stands; nothing when it was behind. */
  async bringUpToDate(): ReturnType<SchemaWork['state']> {
    const state = await this.findPrimary();
    if (state) return state;
    // Of several replicas that find the database empty one makes the schema; the others have nothing to migrate.
    if (!(await createSchema(this))) await (await this.open()).migrate();
    return undefined;
  }

  /** True when a replica should make partitions at this revision. Cheap: called for every commit. */
  runningLow(revision: Revision): boolean {
    return revision + revisionsAhead(this.settings) / 2 >= this.high;
  }

  makeAhead(): Promise<void> {
    this.making ??= this.connected(unhurried(this.limits), (client) => makePartitionsAhead(client, this.settings))
      .then((high) => void (this.high = high))
      .finally(() => (this.making = undefined));
    return this.making;
  }

  /** Drops whole partitions that are out of both retentions; returns the revision from which changes can be read. */
  async compact(retention: Retention): Promise<Revision> {
    // One at a time.
    while (this.compacting) await this.compacting.catch(() => undefined);
    this.compacting = this.open()
      .then(({ partitions }) => partitions.compact(retention))
      .finally(() => (this.compacting = undefined));
    return this.compacting;
  }

  async close(): Promise<void> {
    await this.making?.catch(() => undefined);
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
  private state(): Promise<{ revision: Revision; high: Revision } | undefined> {
    return this.connected(this.limits, async (client) => {
      if (!(await isMigrated(client))) {
        await expectMayMigrate(client);
        return undefined;
      }
      const { rows } = await client.query<{ value: string; high: string | null }>(
        'SELECT value, (SELECT max(high) FROM change_partition) AS high FROM current_revision',
      );
      return { revision: Number(rows[0]?.value), high: Number(rows[0]?.high ?? 0) };
    });
  }

  private async connected<T>(limits: ConnectionLimits, work: (client: PrimaryClient) => Promise<T>): Promise<T> {
    const settings = clientSettings(this.url, 'store-schema', limits);
    const options = this.role ? `${settings.options} -c role=${this.role}` : settings.options;
    const client = new PrimaryClient({ ...settings, options });
    client.on('error', () => undefined); // The queries report it.
    await client.connect();
    try {
      return await work(client);
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
    const dataSource = createDataSource(this.url, this.role);
    await dataSource.initialize();
    return {
      dataSource,
      partitions: new ChangePartitions(dataSource),
      migrate: () => migrate(dataSource, this.url),
    };
  }
}

/** Another replica may be at it, and after a restore there is much to make. */
const unhurried = (limits: ConnectionLimits): ConnectionLimits => ({
  ...limits,
  statementTimeoutMs: 0,
  queryTimeoutMs: 0,
});

async function isMigrated(client: PrimaryClient): Promise<boolean> {
  try {
    const done = await client.query('SELECT FROM schema_migration WHERE name = $1', [newestMigration]);
    return done.rowCount === 1;
  } catch (error) {
    // Nothing has been made here yet, or nobody has given this role its rights.
    if (isUndefinedTable(error) || isInsufficientPrivilege(error)) return false;
    throw error;
  }
}

/** A role that serves may not change the schema: who starts the server has to learn what to do first. */
async function expectMayMigrate(client: PrimaryClient): Promise<void> {
  const { rows } = await client.query<{ may: boolean | null; role: string; database: string }>(
    `SELECT has_schema_privilege(current_schema(), 'CREATE') AS may, current_user AS role, current_database() AS database`,
  );
  const { may, role, database } = rows[0]!;
  if (may) return;
  throw new Error(
    `the schema of database ${database} is not that of this version (${newestMigration} is missing) and role ${role} may not change it: run prepare-database first`,
  );
}
