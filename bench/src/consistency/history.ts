/**
 * What a run has seen, all on one clock (milliseconds of performance.now). The checks read nothing else, so a history
 * that was written to a file can be judged again.
 */
export interface Timed {
  begin: number;
  end: number;
}

/** done: acknowledged. refused: the server said that nothing was changed. unknown: neither (504, a broken connection). */
export type Outcome = 'done' | 'refused' | 'unknown';

export interface WriteRecord extends Timed {
  verb: 'create' | 'update' | 'delete';
  key: string;
  /** Never written twice in a run. */
  value?: string;
  /** The version that the write named. */
  expected?: number;
  outcome: Outcome;
  code: number;
  /** Of the change; an acknowledged delete names none. */
  revision?: number;
  /** Of the object that an acknowledged delete removed. */
  uid?: string;
}

export interface Version {
  revision: number;
  value: string;
}

export interface ReadRecord extends Timed {
  /** Without a resourceVersion; otherwise with resourceVersion=0. */
  consistent: boolean;
  /** Of one key, or of all of them at one revision. */
  key?: string;
  listRevision?: number;
  seen: Record<string, Version>;
}

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One row of the change log, as Postgres has it. */
export interface Change {
  revision: number;
  type: ChangeType;
  key: string;
  uid: string;
  value: string;
}

export interface WatchEntry {
  at: number;
  type: ChangeType | 'BOOKMARK' | 'LIST' | 'EXPIRED';
  revision: number;
  key?: string;
  value?: string;
  /** On the bus: the revision of the event before. For an informer: of the state it had before. */
  previous?: number;
  /** Of an informer: how far it was when it told. Past the object's own revision, a list has told it. */
  position?: number;
  items?: Record<string, Version>;
}

/**
 * stream: every change once, in order, from its list on. informer: the same for each object, told to handlers.
 * subject: messages of the bus as they come, where a loss is allowed but must show.
 */
export interface WatcherRecord {
  name: string;
  kind: 'stream' | 'informer' | 'subject';
  entries: WatchEntry[];
}

/** A watch that was opened at a revision of the past. */
export interface ProbeRecord extends Timed {
  after: number;
  outcome: 'expired' | 'served';
  first?: { revision: number; key: string; type: ChangeType };
}

export interface History {
  writes: WriteRecord[];
  reads: ReadRecord[];
  watchers: WatcherRecord[];
  /** In the order of their revisions. */
  changes: Change[];
  /** Changes that showed up although a greater revision had been read before. */
  late: { change: Change; after: number }[];
  /** The revision behind which history was gone, whenever that had moved. */
  boundaries: { at: number; revision: number }[];
  probes: ProbeRecord[];
  faults: { begin: number; end: number; name: string }[];
}

export interface Violation {
  rule: string;
  what: string;
  /** The few records that prove it. */
  records: unknown[];
}

export const emptyHistory = (): History => ({
  writes: [],
  reads: [],
  watchers: [],
  changes: [],
  late: [],
  boundaries: [],
  probes: [],
  faults: [],
});
