import { DataSource } from 'typeorm';
import { PostgresHosts } from '../connection/postgres-hosts';
import { PrimaryClient } from '../connection/primary-client';
import { ChangePartition } from '../partitions/change-partition.entity';
import { CreateTruthStore1764000000000 } from './create-truth-store.migration';
import { inTurn } from './migration-turn';
import { ObjectGeneration1764160000000 } from './object-generation.migration';
import { PartitionFunctions1764170000000 } from './partition-functions.migration';
import { RevisionHead1764150000000 } from './revision-head.migration';
import { migrationsTable } from './schema-steps';

/**
 * TypeORM's side of the store: migrations of older schemas and the bookkeeping of partitions. The hot path does not go
 * through it. With `role` everything is done as that role, of which the user of the URL has to be a member.
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
    migrationsTableName: migrationsTable,
    // Handed on to the pool: the URL may name several hosts, which TypeORM cannot read.
    extra: { max: 2, connectionString: url, Client: PrimaryClient, ...(role && { options: `-c role=${role}` }) },
    // An idle connection that Postgres closed is replaced by the pool; it is no event.
    poolErrorHandler: () => undefined,
  });
}

/** Brings the schema up to date. Replicas that start together take turns. */
export async function migrate(dataSource: DataSource, url: string): Promise<void> {
  await inTurn({ url }, () => dataSource.runMigrations({ transaction: 'each' }));
}
