import { Client } from 'pg';
import { clientSettings, defaultLimits } from '../connection/client-settings';
import { PostgresHosts } from '../connection/postgres-hosts';
import { PrimaryClient } from '../connection/primary-client';
import { defaultPartitions } from '../partitions/partition-settings';
import { SchemaWork } from '../schema-work';
import { ownershipStatements, runtimePrivileges } from './runtime-privileges';
import { scramVerifier } from './scram-verifier';

export interface DatabasePreparation {
  /** The database, as somebody who may create roles and change it. */
  adminUrl: string;
  /** What the API server will be given: says who it is to be, with which password. */
  serverUrl: string;
}

/** Owns the schema. Nobody can log in as it. */
const owner = 'nestor_owner';
/** Any constant will do, as long as no other program uses it in this database. */
const preparationLock = 0x6e65_7377;
/** A migration may take its time. */
const limits = { ...defaultLimits, statementTimeoutMs: 3_600_000, queryTimeoutMs: 3_600_000 };

/**
 * Makes a database ready for an API server that reads and writes rows and may do nothing else: two roles, the schema of
 * this version, and the rights. To be run before each new version; what is right already stays, and several may run at
 * once.
 */
export async function prepareDatabase({ adminUrl, serverUrl }: DatabasePreparation): Promise<void> {
  const { role, password } = loginOf(serverUrl);
  const admin = new PrimaryClient(clientSettings(adminUrl, 'prepare', limits));
  if (admin.user === role) throw new Error(`the API server is not to be ${role}, who prepares the database`);
  admin.on('error', () => undefined); // The queries below report it.
  const schema = new SchemaWork(adminUrl, limits, defaultPartitions, owner);
  try {
    await admin.connect();
    await admin.query('SELECT pg_advisory_lock($1)', [preparationLock]);
    await makeRole(admin, owner, 'NOLOGIN');
    await makeRole(admin, role, `LOGIN PASSWORD ${admin.escapeLiteral(scramVerifier(password))}`);
    await closeToOthers(admin, admin.escapeIdentifier(role));
    await takeOver(admin);
    await schema.bringUpToDate();
    await admin.query(`SET ROLE ${owner}`);
    for (const statement of runtimePrivileges(admin.escapeIdentifier(role))) await admin.query(statement);
  } finally {
    // Frees the lock, too.
    await admin.end().catch(() => undefined);
    await schema.close();
  }
}

function loginOf(url: string): { role: string; password: string } {
  const { user, password } = new Client({ connectionString: PostgresHosts.of(url).current });
  if (!user || !password) throw new Error('the URL of the API server names no role and password');
  return { role: user, password };
}

async function makeRole(admin: Client, name: string, attributes: string): Promise<void> {
  const identifier = admin.escapeIdentifier(name);
  const { rows } = await admin.query<{ powerful: boolean }>(
    `SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls AS powerful
     FROM pg_roles WHERE rolname = $1`,
    [name],
  );
  const [there] = rows;
  await admin.query(`${there ? 'ALTER' : 'CREATE'} ROLE ${identifier} ${attributes}`);
  // Only a superuser may speak of these at all, so a role that has none of them is left alone.
  if (there?.powerful) {
    await admin.query(`ALTER ROLE ${identifier} NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS`);
  }
}

/** The database and its schema are for the two roles. */
async function closeToOthers(admin: Client, role: string): Promise<void> {
  const { rows } = await admin.query<{ database: string; schema: string; superuser: boolean }>(
    `SELECT current_database() AS database, current_schema() AS schema, rolsuper AS superuser
     FROM pg_roles WHERE rolname = current_user`,
  );
  const { database: databaseName, schema: schemaName, superuser } = rows[0]!;
  const [database, schema] = [admin.escapeIdentifier(databaseName), admin.escapeIdentifier(schemaName)];
  if (!superuser) await admin.query(`GRANT ${owner} TO CURRENT_USER`);
  for (const statement of [
    `REVOKE ALL ON DATABASE ${database} FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE ${database} TO ${owner}, ${role}`,
    `REVOKE CREATE ON SCHEMA ${schema} FROM PUBLIC, ${role}`,
    `GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${owner}`,
    `GRANT USAGE ON SCHEMA ${schema} TO ${role}`,
  ]) {
    await admin.query(statement);
  }
}

/** A database of a time when one role did everything. */
async function takeOver(admin: Client): Promise<void> {
  const { rows } = await admin.query<{ statement: string }>(ownershipStatements, [owner]);
  for (const { statement } of rows) await admin.query(statement);
}
