import { Client } from 'pg';

/** What a database of the store takes up, in bytes, and how much history it holds. */
export interface DatabaseSize {
  database: number;
  objects: number;
  objectIndexes: number;
  /** The change log with its indexes. */
  history: number;
  /** Postgres' own tables of tables. */
  catalog: number;
  revision: number;
  /** Revisions that can still be resumed from. */
  retained: number;
  /** Mean bytes of a stored object. */
  bodyBytes: number;
}

const query = `
  SELECT pg_database_size(current_database()) AS database,
         pg_table_size('object') AS objects,
         pg_indexes_size('object') AS "objectIndexes",
         (SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class
          WHERE relkind = 'r' AND relname ~ '^change_[0-9]+$') AS history,
         (SELECT sum(pg_total_relation_size(oid)) FROM pg_class
          WHERE relkind = 'r' AND relnamespace = 'pg_catalog'::regnamespace) AS catalog,
         value AS revision, value - compacted AS retained,
         (SELECT coalesce(avg(octet_length(body)), 0) FROM object) AS "bodyBytes"
  FROM revision, current_revision`;

export async function databaseSize(url: string): Promise<DatabaseSize> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<keyof DatabaseSize, string>>(query);
    return Object.fromEntries(Object.entries(rows[0]!).map(([name, value]) => [name, Number(value)])) as never;
  } finally {
    await client.end();
  }
}
