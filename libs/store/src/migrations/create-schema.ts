import { inTurn } from './migration-turn';
import { migrationsTable, schemaSteps, sql } from './schema-steps';

/** As TypeORM makes it, which finds its own record of what has been done. */
const createMigrationsTable = `
CREATE TABLE ${migrationsTable} (
  id SERIAL NOT NULL,
  "timestamp" bigint NOT NULL,
  name character varying NOT NULL,
  CONSTRAINT "PK_0edff5015b71cc0389ae0f4b9a1" PRIMARY KEY (id)
);`;

/**
 * The whole schema of an empty database, all or nothing: the SQL of every migration and the record that they ran. On any
 * other database this does nothing and gives false. TypeORM would come to the same, but loading it for that takes longer
 * than all the rest of the store's start.
 */
export function createSchema(place: { url: string; role?: string }): Promise<boolean> {
  return inTurn(place, async (client) => {
    const { rowCount } = await client.query(
      'SELECT FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1',
      [migrationsTable],
    );
    if (rowCount) return false;
    const steps = schemaSteps.map(({ name, files }) => [
      ...files.map(sql),
      `INSERT INTO ${migrationsTable} ("timestamp", name) VALUES (${name.slice(-13)}, '${name}');`,
    ]);
    await client.query(['BEGIN;', createMigrationsTable, ...steps.flat(), 'COMMIT;'].join('\n'));
    return true;
  });
}
