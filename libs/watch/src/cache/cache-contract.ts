import type { ApiObject, DeepReadonly } from '@nestor/api';
import type { Revision } from '../change-source';

/** What selectors look at, taken from an object once. */
export interface ObjectIndex {
  labels: Readonly<Record<string, string>>;
  /** Field selector values, metadata.name and metadata.namespace included. */
  fields: Readonly<Record<string, string>>;
}

/** What the cache must know of a resource. kind and apiVersion are those of bookmarks. */
export interface CachedResource {
  kind: string;
  apiVersion: string;
  index(object: DeepReadonly<ApiObject>): ObjectIndex;
}

/** One object at one revision. Immutable: a change makes a new one. */
export interface CachedObject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly revision: Revision;
  /** Full JSON, metadata.resourceVersion included: what GET sends. */
  readonly bytes: Buffer;
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
  /** Parsed when asked for, kept only as long as memory allows. Never mutate it: it is shared. */
  object(): DeepReadonly<ApiObject>;
}

export type Matcher = (object: CachedObject) => boolean;

export type WatchEvent = ObjectEvent | BookmarkEvent;

export interface ObjectEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: Revision;
  /** On DELETED the last state, at the revision of the deletion. */
  readonly object: CachedObject;
  /** The whole line, `{"type":"ADDED","object":{...}}\n`, encoded once and shared by all watchers. */
  readonly bytes: Buffer;
}

export interface BookmarkEvent {
  readonly type: 'BOOKMARK';
  readonly revision: Revision;
  /** True on the one that ends the initial events (annotation k8s.io/initial-events-end). */
  readonly initialEventsEnd: boolean;
  readonly bytes: Buffer;
}

/** Where a watch's events go. Both functions are called from inside the cache's dispatch and must not throw or block. */
export interface WatchSink {
  /** False when the reader is behind: the cache queues from then on (bounded) until Watch.drained() is called. The event itself was taken. */
  write(event: WatchEvent): boolean;
  /** The cache has ended this watch: with an ApiError to tell the client (expired, ...), without one where it should just reconnect. */
  end(error?: unknown): void;
}

export interface WatchRequest {
  /** Events with a greater revision, exactly. Absent: the present state first, as ADDED events, then what follows. */
  after?: Revision;
  /** Absent or '' for all namespaces. */
  namespace?: string;
  name?: string;
  /** Selector; an object that starts or stops matching becomes ADDED or DELETED. */
  matches?: Matcher;
  /** A bookmark about once a minute. */
  allowBookmarks?: boolean;
  /** Watch-list: the present state, then a bookmark annotated k8s.io/initial-events-end. `after` must be absent: wait for the revision with waitFor(). */
  sendInitialEvents?: boolean;
}

export interface Watch {
  /** The sink can take more. */
  drained(): void;
  /** Sends a bookmark now (before a server-side timeout), if there is nothing queued. */
  bookmark(): void;
  stop(): void;
}

export interface ListRequest {
  namespace?: string;
  matches?: Matcher;
  /** A label that everything that matches has: the others are then not even looked at. `matches` decides all the same. */
  label?: { readonly key: string; readonly value: string };
  limit?: number;
  /** Start behind this key (exclusive). Need not exist any more. */
  after?: { namespace: string; name: string };
}

export interface ListPage {
  revision: Revision;
  /** In the order of etcd's keys: by "namespace/name", bytewise. */
  items: CachedObject[];
  /** True when `limit` cut the list. */
  more: boolean;
  /** Objects behind this page, as remainingItemCount; only where `matches` is absent, as in Kubernetes. */
  remaining?: number;
}

/** All objects of a resource at one revision. Cheap to hold: versions share what did not change. */
export interface CacheView {
  readonly revision: Revision;
  readonly size: number;
  get(namespace: string, name: string): CachedObject | undefined;
  list(request?: ListRequest): ListPage;
  /** Does before a list with a selector what is done once for each object, in turns: taking from it what selectors look at. */
  prepare(request: ListRequest): Promise<void>;
}

export interface ResourceCache extends CacheView {
  /** Resolves once the first snapshot has been read; get, list and watch may be called from then on. Rejects when Postgres is away; the next call tries again. */
  ready(): Promise<void>;
  /** Ready and at `revision` or newer; rejects with Kubernetes' "Too large resource version" after timeoutMs (3 s, as kube-apiserver). */
  waitFor(revision: Revision, timeoutMs?: number): Promise<void>;
  /** The present state as an immutable view; remembered for a while, so that viewAt finds it for continue tokens. */
  view(): CacheView;
  /** The state at an older revision, from memory or the change log; rejects with expired (410) when that was compacted. */
  viewAt(revision: Revision): Promise<CacheView>;
  /** Rejects with expired (410) when `after` was compacted. */
  watch(request: WatchRequest, sink: WatchSink): Promise<Watch>;
}
