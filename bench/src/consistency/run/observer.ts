import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Change, History } from '../history';
import { namespace } from './api';

const everyMs = 150;
/** How far back a look goes, for changes that come late. */
const overlap = 2000;
const types = { A: 'ADDED', M: 'MODIFIED', D: 'DELETED' } as const;

interface Row {
  revision: string;
  kind: keyof typeof types;
  name: string;
  uid: string;
  body: Buffer;
}

/** Copies the change log out of Postgres itself, past every cache and connection that is broken on purpose. */
export class Observer {
  private readonly changes = new Map<number, Change>();
  private newest = 0;
  private boundary = 0;

  constructor(
    private readonly url: string,
    private readonly history: History,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look(signal).catch(() => undefined);
      await sleep(100);
    }
    this.history.changes = [...this.changes.values()].sort((a, b) => a.revision - b.revision);
  }

  get revision(): number {
    return this.newest;
  }

  /** As long as one connection lives. */
  private async look(signal: AbortSignal): Promise<void> {
    const client = new Client({ connectionString: this.url, connectionTimeoutMillis: 2000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      do {
        await sleep(everyMs);
        await this.read(client);
      } while (!signal.aborted);
      // What was committed before the end has now been read.
      await this.read(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private async read(client: Client): Promise<void> {
    const { rows } = await client.query<Row>(
      `SELECT revision, kind, name, uid, body FROM change
       WHERE resource = 'configmaps' AND namespace = $1 AND revision > $2 ORDER BY revision`,
      [namespace, this.newest - overlap],
    );
    const before = this.newest;
    for (const row of rows) {
      const revision = Number(row.revision);
      if (this.changes.has(revision)) continue;
      const change = changeOf(row, revision);
      this.changes.set(revision, change);
      if (revision < before) this.history.late.push({ change, after: before });
      this.newest = Math.max(this.newest, revision);
    }
    const { rows: marks } = await client.query<{ compacted: string }>('SELECT compacted FROM revision');
    const boundary = Number(marks[0]?.compacted);
    if (boundary > before && boundary > this.boundary) throw new Error('history went faster than it could be copied');
    this.boundary = boundary;
    this.history.boundaries.push({ at: performance.now(), revision: boundary });
  }
}

function changeOf({ kind, name, uid, body }: Row, revision: number): Change {
  const { data } = JSON.parse(body.toString('utf8')) as { data?: { value?: string } };
  return { revision, type: types[kind], key: name, uid, value: data?.value ?? '' };
}
