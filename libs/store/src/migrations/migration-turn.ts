import { PrimaryClient } from '../connection/primary-client';

/** Any constant will do, as long as no other program uses it in this database. */
const migrationLock = 0x6e65_7374;

/** Replicas that start together change the schema one after the other. */
export async function inTurn<T>(
  { url, role }: { url: string; role?: string },
  work: (client: PrimaryClient) => Promise<T>,
): Promise<T> {
  const options = role && { options: `-c role=${role}` };
  const client = new PrimaryClient({ connectionString: url, application_name: 'nestor-store-migration', ...options });
  client.on('error', () => undefined); // The queries below report it.
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    return await work(client);
  } finally {
    // Frees the lock, too, and takes back what was not committed.
    await client.end();
  }
}
