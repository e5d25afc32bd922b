import { type ApiError, expired } from '@nestor/api';
import type { Pool, QueryConfig } from 'pg';
import { toApiError } from '../connection/postgres-error';
import type { Change, Revision, SnapshotPage, StoredObject } from '../truth-store';

/** Bodies of one answer of changes(); the first change always fits. */
const maxBytes = 16 * 1024 * 1024;
const snapshotPage = 1000;

/** In the words of kube-apiserver's watch cache: what was asked for, and the oldest revision that is left to resume from. */
const tooOld = (after: Revision, compacted: Revision): ApiError =>
  expired(`too old resource version: ${after} (${compacted})`);

interface ChangeRow {
  revision: string;
  kind: 'A' | 'M' | 'D';
  resource: string;
  namespace: string;
  name: string;
  uid: string;
  body: Buffer;
  previous?: Buffer | null;
  previous_revision?: string;
}

const types = { A: 'ADDED', M: 'MODIFIED', D: 'DELETED' } as const;

const page = `
  SELECT * FROM (
    SELECT c.*, sum(octet_length(c.body)) OVER (ORDER BY c.revision) - octet_length(c.body) AS bytes_before
    FROM change c WHERE c.revision > $1 AND ($3::text IS NULL OR c.resource = $3)
    ORDER BY c.revision LIMIT $2
  ) bounded WHERE bytes_before < ${maxBytes}`;

const tailStatement = {
  name: 'tail',
  text: `SELECT revision, kind, resource, namespace, name, uid, body FROM (${page}) c ORDER BY revision`,
};
const changesStatement = {
  name: 'changes',
  text: `
    SELECT c.revision, c.kind, c.resource, c.namespace, c.name, c.uid, c.body, c.previous AS previous_revision,
           coalesce(c.previous_body, before.body) AS previous
    FROM (${page}) c
    LEFT JOIN LATERAL (
      SELECT p.body FROM change p WHERE p.revision = c.previous AND c.previous_body IS NULL LIMIT 1
    ) before ON true
    ORDER BY c.revision`,
};

/** Reads of the store: the change log and snapshots. */
export class ChangeLog {
  constructor(private readonly pool: Pool) {}

  async tail(after: Revision, limit: number): Promise<Change[]> {
    return this.read(tailStatement, after, limit, null);
  }

  async changes(after: Revision, limit: number, resource?: string): Promise<Change[]> {
    return this.read(changesStatement, after, limit, resource ?? null);
  }

  async compactedRevision(): Promise<Revision> {
    const { rows } = await this.query<{ compacted: string }>('SELECT compacted FROM revision');
    return Number(rows[0]?.compacted);
  }

  async snapshot(resource: string): Promise<{ revision: Revision; objects: StoredObject[] }> {
    const objects: StoredObject[] = [];
    let revision = 0;
    for await (const page of this.pages([resource])) {
      revision = page.revision;
      objects.push(...page.objects);
    }
    return { revision, objects };
  }

  /** One repeatable-read snapshot of some resources or of all, in pages so that neither side holds all of it as text. */
  async *pages(resources?: readonly string[]): AsyncGenerator<SnapshotPage, void> {
    const client = await this.pool.connect().catch((error: unknown) => Promise.reject(toApiError(error)));
    // Also what a reader that stops half way leaves behind: a connection in a transaction.
    let broken: Error | undefined = new Error('the snapshot was not read to its end');
    try {
      // A reader may be a slow disk or network.
      await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
        SET LOCAL idle_in_transaction_session_timeout = '5min'`);
      const { rows } = await client.query<{ value: string }>('SELECT value FROM current_revision');
      const revision = Number(rows[0]?.value);
      await client.query(
        `DECLARE objects NO SCROLL CURSOR FOR SELECT resource, namespace, name, uid, version, body FROM object
         ${resources ? 'WHERE resource = ANY ($1)' : ''} ORDER BY resource, namespace, name`,
        resources ? [resources] : [],
      );
      for (;;) {
        const page = await client.query<Omit<StoredObject, 'revision'> & { version: string }>(
          `FETCH ${snapshotPage} FROM objects`,
        );
        yield { revision, objects: page.rows.map(({ version, ...row }) => ({ ...row, revision: Number(version) })) };
        if (page.rows.length < snapshotPage) break;
      }
      await client.query('COMMIT');
      broken = undefined;
    } catch (error) {
      broken = error as Error;
      throw toApiError(error);
    } finally {
      client.release(broken);
    }
  }

  /** A walk along the primary key from one resource to the next; DISTINCT would read every object. */
  async resources(): Promise<string[]> {
    const { rows } = await this.query<{ resource: string }>(`
      WITH RECURSIVE walk (resource) AS (
        (SELECT resource FROM object ORDER BY resource LIMIT 1)
        UNION ALL
        SELECT (SELECT o.resource FROM object o WHERE o.resource > walk.resource ORDER BY o.resource LIMIT 1)
        FROM walk WHERE walk.resource IS NOT NULL
      ) SELECT resource FROM walk WHERE resource IS NOT NULL`);
    return rows.map((row) => row.resource);
  }

  private async read(
    statement: { name: string; text: string },
    after: Revision,
    limit: number,
    resource: string | null,
  ): Promise<Change[]> {
    const { rows } = await this.query<ChangeRow>({ ...statement, values: [after, limit, resource] });
    // Asked after the rows: if compaction took some of them, its mark was committed before they went.
    const compacted = await this.compactedRevision();
    if (after < compacted) throw tooOld(after, compacted);
    return rows.map(toChange);
  }

  private async query<Row extends object>(statement: string | QueryConfig): Promise<{ rows: Row[] }> {
    try {
      return await this.pool.query(statement);
    } catch (error) {
      throw toApiError(error);
    }
  }
}

function toChange(row: ChangeRow): Change {
  const { resource, namespace, name, uid, body } = row;
  const change: Change = {
    revision: Number(row.revision),
    type: types[row.kind],
    resource,
    namespace,
    name,
    uid,
    body,
  };
  if (row.previous) {
    change.previous = row.previous;
    change.previousRevision = Number(row.previous_revision);
  }
  return change;
}
