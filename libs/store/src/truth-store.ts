/** A cluster-wide revision in commit order. A safe integer: at a million commits a second 2^53 lasts 285 years. */
export type Revision = number;

/**
 * One change that a client asks for. `resource` is resourceKey() of the kind ("pods", "deployments.apps");
 * `namespace` is '' for cluster-scoped objects. `body` is the object's canonical JSON without
 * metadata.resourceVersion (see libs/watch object-bytes: the revision is spliced in when it is read).
 */
export type WriteOperation =
  | { type: 'create'; resource: string; namespace: string; name: string; uid: string; body: Buffer }
  /** expected: the revision the object must be at. There is no unconditional update: callers read, change and compare. */
  | { type: 'update'; resource: string; namespace: string; name: string; expected: Revision; body: Buffer }
  /** body is the final state that watchers see in the DELETED event. */
  | { type: 'delete'; resource: string; namespace: string; name: string; expected: Revision; body: Buffer };

export type WriteOutcome =
  | { ok: true; revision: Revision; change: Change }
  /** conflict and exists carry the revision the stored object is at. */
  | { ok: false; reason: 'conflict' | 'exists'; revision: Revision }
  | { ok: false; reason: 'notFound' };

export interface StoredObject {
  resource: string;
  namespace: string;
  name: string;
  uid: string;
  revision: Revision;
  body: Buffer;
}

export interface Change {
  revision: Revision;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  resource: string;
  namespace: string;
  name: string;
  uid: string;
  body: Buffer;
  /** The body with its revision put in: whoever needs it first leaves it here for the others. */
  versioned?: Buffer;
  /** The state before, for MODIFIED and DELETED; lets a resumed watch with a selector tell leaving from never matching. tail() leaves it out. */
  previous?: Buffer;
  /** The revision of that state. */
  previousRevision?: Revision;
}

/** A part of a snapshot, with the revision that all of the snapshot is at. */
export interface SnapshotPage {
  revision: Revision;
  objects: StoredObject[];
}

/** etcd's role. Implemented on Postgres alone; imported by the API server alone. Errors are ApiError (serviceUnavailable while Postgres is away). */
export interface TruthStore {
  /** Joins the next group commit; resolves after Postgres has committed it. */
  write(operation: WriteOperation): Promise<WriteOutcome>;
  /** Newest committed revision; concurrent callers share one query. */
  currentRevision(): Promise<Revision>;
  /** Everything of one resource at one revision (one repeatable-read snapshot). */
  snapshot(resource: string): Promise<{ revision: Revision; objects: StoredObject[] }>;
  /** The same of several resources at one revision, in pages ordered by resource; at least one page comes. */
  snapshots(resources: readonly string[]): AsyncGenerator<SnapshotPage, void>;
  /** Every object of every resource at one revision, in pages; at least one page comes. */
  everything(): AsyncGenerator<SnapshotPage, void>;
  /** Names of all resources that have objects. */
  resources(): Promise<string[]>;
  /** Changes with revision > after, in order, at most `limit` (and at most about 16 MiB of bodies). Throws expired when `after` was compacted. */
  changes(after: Revision, limit: number, resource?: string): Promise<Change[]>;
  /** changes() for a reader that keeps the state itself: without `previous`, and from memory where this replica made the commits. */
  tail(after: Revision, limit: number): Promise<Change[]>;
  /** Oldest revision from which changes() can resume. */
  compactedRevision(): Promise<Revision>;
  /** Called with a committed revision from this replica's own commits and from NOTIFY, never decreasing. Returns an unsubscribe. */
  onRevision(listener: (revision: Revision) => void): () => void;
  /** Drops history older than the newest `keepRevisions` and than `olderThanMs`; returns compactedRevision(), whoever moved it. */
  compact(retention: { keepRevisions: number; olderThanMs: number }): Promise<Revision>;
  /** Waits for a cluster-wide lock that lives as long as its connection; rejects when `signal` aborts. */
  acquireLock(name: string, signal: AbortSignal): Promise<HeldLock>;
  /** A revision somebody has worked up to (the relay's), 0 when never saved. */
  position(name: string): Promise<Revision>;
  savePosition(name: string, revision: Revision): Promise<void>;
  /** Rejects with what is wrong when Postgres cannot commit right now. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface HeldLock {
  /** Aborts when the lock may be somebody else's: its connection broke. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}
