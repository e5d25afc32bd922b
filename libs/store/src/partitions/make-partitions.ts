import type { PrimaryClient } from '../connection/primary-client';
import type { Revision } from '../truth-store';
import { type PartitionSettings, revisionsAhead } from './partition-settings';

/** One replica at a time makes partitions, and never waits for one that drops them. */
const makeLock = 0x6e65_7375;

/**
 * Makes what is missing of the change log's partitions ahead of the newest revision, by a function of the schema's owner;
 * returns the end of the newest. It waits for no lock on the parent table, so writers never stand behind it. The
 * connection is for this alone: its end frees the lock.
 */
export async function makePartitionsAhead(client: PrimaryClient, settings: PartitionSettings): Promise<Revision> {
  await client.query('SELECT pg_advisory_lock($1)', [makeLock]);
  const { rows } = await client.query<{ value: string; high: string | null }>(
    'SELECT value, (SELECT max(high) FROM change_partition) AS high FROM current_revision',
  );
  const wanted = Number(rows[0]?.value) + revisionsAhead(settings);
  let low = Number(rows[0]?.high ?? 0);
  while (low < wanted) {
    await client.query('SELECT make_change_partition($1, $2)', [low, low + settings.width]);
    low += settings.width;
  }
  return low;
}
