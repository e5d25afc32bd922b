import { Client } from 'pg';
import { localPostgres, type LocalPostgres } from '../../test/local-postgres';
import { openTruthStore } from '../postgres-truth-store';
import { createSchema } from './create-schema';
import { createDataSource, migrate } from './data-source';

/** All that a database can have been given, as the catalogue describes it. */
const descriptions = {
  relations: `SELECT c.relname, c.relkind, c.reloptions, c.relacl::text, c.relpersistence, pg_get_userbyid(c.relowner) AS owner,
                pg_get_partkeydef(c.oid) AS partitioned, pg_get_expr(c.relpartbound, c.oid) AS bound,
                CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) WHEN c.relkind = 'i' THEN pg_get_indexdef(c.oid) END AS definition
              FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace ORDER BY 1`,
  columns: `SELECT c.relname, a.attnum, a.attname, a.attisdropped, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull,
              a.attcompression, a.attstorage, l.collname, pg_get_expr(d.adbin, d.adrelid) AS preset
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_collation l ON l.oid = a.attcollation
            LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE c.relnamespace = current_schema()::regnamespace AND a.attnum > 0 ORDER BY 1, 2`,
  constraints: `SELECT conrelid::regclass::text AS relation, conname, pg_get_constraintdef(oid) AS definition
                FROM pg_constraint WHERE connamespace = current_schema()::regnamespace ORDER BY 1, 2`,
  functions: `SELECT proname, pg_get_functiondef(oid) AS definition, proacl::text, pg_get_userbyid(proowner) AS owner
              FROM pg_proc WHERE pronamespace = current_schema()::regnamespace ORDER BY 1`,
  others: `SELECT (SELECT json_agg(s.sequencename) FROM pg_sequences s) AS sequences,
             (SELECT json_agg(e.extname) FROM pg_extension e) AS extensions,
             (SELECT json_agg(n.nspname ORDER BY 1) FROM pg_namespace n WHERE nspname NOT LIKE 'pg_%') AS schemas,
             (SELECT count(*) FROM pg_trigger) AS triggers, (SELECT count(*) FROM pg_rewrite) AS rules`,
  migrations: 'SELECT id, "timestamp", name FROM schema_migration ORDER BY id',
  rows: `SELECT (SELECT json_agg(r) FROM revision r) AS revision, (SELECT json_agg(h) FROM revision_head h) AS head,
           (SELECT last_value FROM schema_migration_id_seq) AS migrations`,
};

async function connected<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const describeDatabase = (url: string): Promise<Record<string, unknown[]>> =>
  connected(url, async (client) => {
    const found: Record<string, unknown[]> = {};
    for (const [what, query] of Object.entries(descriptions)) found[what] = (await client.query(query)).rows;
    return found;
  });

const migrated = async (url: string, role?: string): Promise<void> => {
  const source = await createDataSource(url, role).initialize();
  await migrate(source, url);
  await source.destroy();
};

describe('createSchema', () => {
  let postgres: LocalPostgres;
  beforeAll(async () => {
    postgres = await localPostgres();
  }, 60_000);
  afterAll(() => postgres.remove());

  it('makes of an empty database exactly what the migrations make of it', async () => {
    const [created, stepwise] = [await postgres.createDatabase(), await postgres.createDatabase()];
    expect(await createSchema({ url: created })).toBe(true);
    await migrated(stepwise);
    const found = await describeDatabase(created);
    expect(found).toEqual(await describeDatabase(stepwise));
    expect(found['functions']!.length).toBeGreaterThan(4);
    // Nothing is left to do for the migrations.
    await migrated(created);
    expect(await describeDatabase(created)).toEqual(found);
  }, 60_000);

  it('makes it as another role as the migrations do', async () => {
    const [created, stepwise] = [await postgres.createDatabase(), await postgres.createDatabase()];
    await connected(created, (client) => client.query('CREATE ROLE keeper NOLOGIN'));
    for (const url of [created, stepwise]) {
      await connected(url, (client) => client.query('GRANT USAGE, CREATE ON SCHEMA public TO keeper'));
    }
    await createSchema({ url: created, role: 'keeper' });
    await migrated(stepwise, 'keeper');
    expect(await describeDatabase(created)).toEqual(await describeDatabase(stepwise));
  }, 60_000);

  it('leaves alone what is not empty, also where migrations had only begun', async () => {
    const url = await postgres.createDatabase();
    await migrated(url);
    const source = await createDataSource(url).initialize();
    for (let step = 0; step < 4; step++) await source.undoLastMigration();
    await source.destroy();
    const before = await describeTables(url);
    expect(before).toEqual([{ tablename: 'schema_migration' }]);
    expect(await createSchema({ url })).toBe(false);
    expect(await describeTables(url)).toEqual(before);
    await (await openTruthStore({ url })).close();
    expect(await createSchema({ url })).toBe(false);
  }, 60_000);

  it('is made once by stores that open together', async () => {
    const url = await postgres.createDatabase();
    const stores = await Promise.all([1, 2, 3].map(() => openTruthStore({ url })));
    const body = Buffer.from('{}');
    const names = ['a', 'b', 'c'];
    const outcomes = await Promise.all(
      stores.map((store, at) =>
        store.write({ type: 'create', resource: 'pods', namespace: 'n', name: names[at]!, uid: names[at]!, body }),
      ),
    );
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true]);
    await Promise.all(stores.map((store) => store.close()));
  }, 60_000);

  it('leaves an empty database when Postgres is killed before it is whole', async () => {
    const url = await postgres.createDatabase();
    // Somebody holds what a view needs: the first tables stand by then, and nothing is committed.
    const holder = new Client({ connectionString: url });
    holder.on('error', () => undefined);
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE pg_catalog.pg_rewrite IN EXCLUSIVE MODE');
    const making = createSchema({ url }).catch((error: unknown) => error);
    for (;;) {
      const { rowCount } = await holder.query('SELECT FROM pg_locks WHERE NOT granted');
      if (rowCount) break;
    }
    await postgres.kill();
    expect(await making).toBeInstanceOf(Error);
    await postgres.start();
    expect(await describeTables(url)).toEqual([]);
    expect(await createSchema({ url })).toBe(true);
  }, 60_000);
});

const describeTables = (url: string): Promise<unknown[]> =>
  connected(url, async (client) => {
    const tables = 'SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1';
    return (await client.query(tables)).rows as unknown[];
  });
