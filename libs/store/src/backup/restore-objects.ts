import type { Client } from 'pg';
import { clientSettings, defaultLimits } from '../connection/client-settings';
import { PrimaryClient } from '../connection/primary-client';
import { defaultPartitions } from '../partitions/partition-settings';
import { SchemaWork } from '../schema-work';
import type { Revision, StoredObject } from '../truth-store';
import { ByteaArrays, int8Array, textArray } from '../write/binary-array';

export interface RestoreOptions {
  url: string;
  /** What the objects were read at. */
  revision: Revision;
  objects: AsyncIterable<readonly StoredObject[]>;
  /** Objects that are there already go; otherwise they are a reason to refuse. */
  replace: boolean;
}

export interface Restored {
  objects: number;
  /** Where the store stands now. */
  revision: Revision;
}

/**
 * Clients may have seen revisions that came after the backup. They must not meet others of the same number, so revisions
 * go on far above, and all before are compacted: a watch from there is told to list again (as etcdutl's --bump-revision).
 */
const revisionMargin = 1_000_000;
/** A restore is one transaction and may take its time. */
const limits = { ...defaultLimits, statementTimeoutMs: 3_600_000, queryTimeoutMs: 3_600_000 };

/** Puts a backup into a database that no API server uses: all of it or, when anything fails, nothing. */
export async function restoreObjects({ url, revision, objects, replace }: RestoreOptions): Promise<Restored> {
  const schema = new SchemaWork(url, defaultLimits, defaultPartitions);
  const client = new PrimaryClient(clientSettings(url, 'restore', limits));
  client.on('error', () => undefined); // The queries below report it.
  try {
    await schema.start();
    await client.connect();
    await client.query('BEGIN');
    await client.query('SELECT FROM revision FOR UPDATE');
    await refuseInUse(client, replace);
    await client.query('TRUNCATE object');
    let count = 0;
    for await (const page of objects) {
      await insert(client, page);
      count += page.length;
    }
    const restored = await moveRevision(client, revision);
    await client.query('COMMIT');
    await schema.makeAhead();
    return { objects: count, revision: restored };
  } finally {
    // Ends the transaction, too, where there still is one.
    await client.end().catch(() => undefined);
    await schema.close();
  }
}

/** Far above the backup and whatever this database had; all before is compacted. */
async function moveRevision(client: Client, revision: Revision): Promise<Revision> {
  const { rows } = await client.query<{ value: string }>('SELECT value FROM current_revision');
  const value = Number(rows[0]?.value);
  const restored = Math.max(value, revision) + revisionMargin;
  await client.query('SELECT advance_revision($1, $2)', [value, restored]);
  await client.query('UPDATE revision SET compacted = $1', [restored]);
  return restored;
}

async function refuseInUse(client: Client, replace: boolean): Promise<void> {
  const { rows } = await client.query<{ served: boolean; used: boolean }>(`
    SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'nestor-writer') AS served,
           EXISTS (SELECT FROM object) AS used`);
  if (rows[0]?.served) throw new Error('an API server is connected to the database: stop it first');
  if (rows[0]?.used && !replace)
    throw new Error('the database holds objects already, and nothing said to replace them');
}

async function insert(client: Client, page: readonly StoredObject[]): Promise<void> {
  await client.query(
    `INSERT INTO object (resource, namespace, name, uid, version, body)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bytea[])`,
    [
      textArray(page.map(({ resource }) => resource)),
      textArray(page.map(({ namespace }) => namespace)),
      textArray(page.map(({ name }) => name)),
      textArray(page.map(({ uid }) => uid)),
      int8Array(page.map((object) => object.revision)),
      new ByteaArrays().encode(page.map(({ body }) => body)),
    ],
  );
}
