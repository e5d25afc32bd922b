/**
 * The part of the truth store that the cache and the relay read. Structurally the store's own types: libs/watch may
 * not depend on libs/store, which the API server alone imports, and hands in.
 */
export type Revision = number;

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface SourceObject {
  resource: string;
  namespace: string;
  name: string;
  uid: string;
  revision: Revision;
  /** Canonical JSON without metadata.resourceVersion. */
  body: Buffer;
  /** The body with its revision put in, made by versionedBody() when somebody first needs it. */
  versioned?: Buffer;
}

export interface SourceChange extends SourceObject {
  type: ChangeType;
  /** The state before, for MODIFIED and DELETED. tail() leaves it out. */
  previous?: Buffer;
  /** The revision of that state. */
  previousRevision?: Revision;
}

export interface ChangeSource {
  currentRevision(): Promise<Revision>;
  snapshot(resource: string): Promise<{ revision: Revision; objects: SourceObject[] }>;
  /** The same of several resources at one revision, in pages ordered by resource; at least one page comes. */
  snapshots(resources: readonly string[]): AsyncIterable<{ revision: Revision; objects: SourceObject[] }>;
  /** Changes after a revision in order, with `previous`; of one resource where it is named. */
  changes(after: Revision, limit: number, resource?: string): Promise<SourceChange[]>;
  /** The same for a reader that keeps the state itself: without `previous`, and from memory where this replica wrote. */
  tail(after: Revision, limit: number): Promise<SourceChange[]>;
  onRevision(listener: (revision: Revision) => void): () => void;
}
