import { DataSource } from 'typeorm';
import { PostgresHosts } from '../connection/postgres-hosts';
import { PrimaryClient } from '../connection/primary-client';
import { ChangePartition } from '../partitions/change-partition.entity';
import { CreateTruthStore1764000000000 } from './create-truth-store.migration';
import { ObjectGeneration1764160000000 } from './object-generation.migration';
import { PartitionFunctions1764170000000 } from './partition-functions.migration';
import { RevisionHead1764150000000 } from './revision-head.migration';

/** Any constant will do, as long as no other program uses it in this database. */
const migrationLock = 0x6e65_7374;

/**
 * TypeORM's side of the store: migrations and the bookkeeping of partitions. The hot path does not go through it. With
 * `role` everything is done as that role, of which the user of the URL has to be a member.
 */
export function createDataSource(url: string, role?: string): DataSource {
  return new DataSource({
    type: 'postgres',
    url: PostgresHosts.of(url).current,
    applicationName: 'nestor-store-schema',
    entities: [ChangePartition],
    migrations: [
      CreateTruthStore1764000000000,
      RevisionHead1764150000000,
      ObjectGeneration1764160000000,
      PartitionFunctions1764170000000,
    ],
    migrationsTableName: 'schema_migration',
    // Handed on to the pool: the URL may name several hosts, which TypeORM cannot read.
    extra: { max: 2, connectionString: url, Client: PrimaryClient, ...(role && { options: `-c role=${role}` }) },
    // An idle connection that Postgres closed is replaced by the pool; it is no event.
    poolErrorHandler: () => undefined,
  });
}

/** Brings the schema up to date. Replicas that start together take turns. */
export async function migrate(dataSource: DataSource, url: string): Promise<void> {
  const turn = new PrimaryClient({ connectionString: url, application_name: 'nestor-store-migration' });
  turn.on('error', () => undefined); // The queries below report it.
  await turn.connect();
  try {
    await turn.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    await dataSource.runMigrations({ transaction: 'each' });
  } finally {
    await turn.end();
  }
}
