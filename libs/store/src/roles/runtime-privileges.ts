/** What the role that serves may do, and nothing else: rows, never the schema. Partitions are reached through `change`. */
const tables: Readonly<Record<string, string>> = {
  object: 'SELECT, INSERT, UPDATE, DELETE',
  change: 'SELECT, INSERT, UPDATE (previous_body)',
  revision: 'SELECT, UPDATE',
  revision_head: 'SELECT, INSERT, UPDATE, DELETE',
  current_revision: 'SELECT',
  change_partition: 'SELECT, UPDATE (filled_at)',
  writer: 'SELECT, INSERT, UPDATE, DELETE',
  reader_position: 'SELECT, INSERT, UPDATE',
  schema_migration: 'SELECT',
};

const functions = [
  'write_batch',
  'resolve_batch',
  'advance_revision',
  'make_change_partition',
  'drop_change_partition',
];

/** `role` as an identifier. What an earlier version gave and this one does not is taken back. */
export function runtimePrivileges(role: string): string[] {
  return [
    `REVOKE ALL ON ${Object.keys(tables).join(', ')} FROM PUBLIC, ${role}`,
    ...Object.entries(tables).map(([table, privileges]) => `GRANT ${privileges} ON ${table} TO ${role}`),
    `REVOKE ALL ON FUNCTION ${functions.join(', ')} FROM PUBLIC, ${role}`,
    `GRANT EXECUTE ON FUNCTION ${functions.join(', ')} TO ${role}`,
  ];
}

/** Statements that give `$1` what migrations have made as another role, before there were two; as rows of `statement`. */
export const ownershipStatements = `
  SELECT format('ALTER TABLE %s OWNER TO %I', oid::regclass, $1::text) AS statement FROM pg_class
  WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v') AND relowner <> $1::regrole
    AND (relname = ANY('{${Object.keys(tables).join(',')}}') OR relname ~ '^change_[0-9]+$')
  UNION ALL
  SELECT format('ALTER FUNCTION %s OWNER TO %I', oid::regprocedure, $1::text) FROM pg_proc
  WHERE pronamespace = current_schema()::regnamespace AND proowner <> $1::regrole
    AND proname = ANY('{${functions.join(',')}}')`;
