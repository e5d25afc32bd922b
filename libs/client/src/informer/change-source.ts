import type { ApiObject } from '@nestor/api';

/** Where a change source delivers to: the informer's copy. Calls come in revision order. */
export interface ChangeSink<T extends ApiObject> {
  /** The whole content as of a revision; what is not in it is gone. */
  replace(items: T[], revision: number): void;
  /** One change. A source may repeat a change, the sink drops what it has seen. */
  apply(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void;
  /** Everything up to the revision has been delivered. */
  advance(revision: number): void;
  /** Newest revision delivered. */
  readonly position: number;
}

/** A transport of changes, over HTTP or over the bus; one contract suite runs against both. */
export interface ChangeSource<T extends ApiObject> {
  /** Delivers until the signal aborts, healing every failure on its own; it never rejects. */
  run(sink: ChangeSink<T>, signal: AbortSignal): Promise<void>;
}

export function revisionOf(object: { metadata: { resourceVersion?: string } }): number {
  return Number(object.metadata.resourceVersion ?? 0);
}
