import { expired, isExpired, timedOut } from '@nestor/api';
import type { ChangeSource, Revision, SourceChange } from '../change-source';
import type {
  CachedObject,
  CachedResource,
  CacheView,
  ListPage,
  ListRequest,
  ResourceCache,
  Watch,
  WatchRequest,
  WatchSink,
} from './cache-contract';
import { CacheEvent } from './cache-event';
import { StoredCachedObject } from './cached-object';
import { EventHistory, type HistoryLimits } from './event-history';
import { ObjectsView } from './objects-view';
import type { Snapshot, SnapshotReader } from './snapshot-reader';
import { objectKey, SortedObjects } from './sorted-objects';
import { type QueueLimits, Watcher } from './watcher';

export interface FollowedResourceLimits {
  history: HistoryLimits;
  queue: QueueLimits;
  bookmarkMs: number;
}

/** Views kept for continue tokens, and for how long, as etcd's compaction every five minutes would. */
const heldViews = 32;
const heldViewMs = 5 * 60_000;
/** A watch that is further behind than this had better list again. */
const maxMissed = 20_000;
const catchUpPage = 1000;
/** kube-apiserver's blockTimeout for a cache that has not reached a revision. */
const freshnessTimeoutMs = 3000;

interface Waiter {
  revision: Revision;
  resolve(): void;
}

/** One resource: its objects, its recent events, its watches. Fed by WatchCache with changes in revision order. */
export class FollowedResource implements ResourceCache {
  private objects = SortedObjects.empty;
  /** The same by key: among many objects a sorted search reads far more memory than a hash. */
  private readonly byKey = new Map<string, CachedObject>();
  private at: Revision = 0;
  private history: EventHistory;
  private loaded = false;
  private loading: Promise<void> | undefined;
  /** Changes that came while the snapshot is read; undefined when none is. */
  private arrived: SourceChange[] | undefined;
  /** How far the log was read while the snapshot is read: that may be further, and nothing more may come. */
  private readMeanwhile: Revision = 0;
  /** Counts reloads: a snapshot that was asked for before one is not good enough. */
  private generation = 0;
  private readonly watchers = new Set<Watcher>();
  private waiters: Waiter[] = [];
  private readonly held = new Map<Revision, { view: ObjectsView; since: number }>();
  private readonly remember = (view: ObjectsView): void => this.hold(view);

  constructor(
    private readonly key: string,
    private readonly resource: CachedResource,
    private readonly source: Pick<ChangeSource, 'changes'>,
    private readonly snapshots: SnapshotReader,
    private readonly limits: FollowedResourceLimits,
  ) {
    this.history = new EventHistory(0, limits.history);
  }

  get revision(): Revision {
    return this.at;
  }

  get size(): number {
    return this.objects.size;
  }

  ready(): Promise<void> {
    if (this.loaded) return Promise.resolve();
    this.loading ??= this.load().finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  get(namespace: string, name: string): CachedObject | undefined {
    return this.byKey.get(objectKey(namespace, name));
  }

  list(request?: ListRequest): ListPage {
    return this.view().list(request);
  }

  prepare(request: ListRequest): Promise<void> {
    return new ObjectsView(this.at, this.objects, this.remember).prepare(request);
  }

  view(): CacheView {
    return new ObjectsView(this.at, this.objects, this.remember);
  }

  async viewAt(revision: Revision): Promise<CacheView> {
    if (revision === this.at) return this.view();
    if (revision > this.at) throw tooLarge(revision, this.at);
    const held = this.held.get(revision);
    if (held) return held.view;
    const missed = await this.missedSince(revision).catch((error: unknown) => {
      throw isExpired(error) ? expired('The resourceVersion for the provided list is too old.') : error;
    });
    // Versions share what did not change, so walking back costs as much as what happened since. What is in both, the
    // change log and the history, is undone twice, which is the same as once.
    let objects = this.objects;
    for (const event of [...missed, ...this.history.after(revision)].reverse()) {
      objects = event.previous ? objects.with(event.key, event.previous) : objects.without(event.key);
    }
    return new ObjectsView(revision, objects, this.remember);
  }

  async waitFor(revision: Revision, timeoutMs = freshnessTimeoutMs): Promise<void> {
    await this.ready();
    if (this.at >= revision) return;
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        revision,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.waiters = this.waiters.filter((other) => other !== waiter);
        reject(tooLarge(revision, this.at));
      }, timeoutMs);
      this.waiters.push(waiter);
    });
  }

  async watch(request: WatchRequest, sink: WatchSink): Promise<Watch> {
    await this.ready();
    const watcher = new Watcher(request, sink, {
      resource: this.resource,
      queue: this.limits.queue,
      currentRevision: () => this.at,
      removed: (gone) => this.watchers.delete(gone),
    });
    // Nothing reaches the sink before the last await: its owner gets the Watch before a drain can happen.
    const missed = request.after === undefined ? [] : await this.missedSince(request.after);
    this.watchers.add(watcher);
    if (request.allowBookmarks) watcher.nextBookmark = Date.now() + this.bookmarkDelay();
    if (request.after === undefined) this.sendState(watcher, request);
    else for (const event of [...missed, ...this.history.after(request.after)]) watcher.replay(event);
    return watcher;
  }

  /** A change of this resource, in revision order. */
  apply(change: SourceChange): void {
    if (this.arrived) this.arrived.push(change);
    else if (this.loaded && change.revision > this.at) this.applyNow(change);
  }

  /** The change log has been read up to here. */
  reached(revision: Revision): void {
    if (this.arrived) this.readMeanwhile = revision;
    if (!this.loaded || revision <= this.at) return;
    this.at = revision;
    this.wake();
  }

  /** History was compacted before it was read: start over. Watches cannot be carried across. */
  async reload(error: unknown): Promise<void> {
    this.generation += 1;
    for (const watcher of [...this.watchers]) watcher.end(error);
    if (!this.loaded && !this.loading) return;
    this.loaded = false;
    await this.ready();
  }

  /** Nothing behind this revision is answered any more, though it may be in memory: replicas differ in what they remember. */
  forgetBehind(revision: Revision): void {
    this.history.forgetUpTo(revision);
    for (const held of this.held.keys()) if (held < revision) this.held.delete(held);
  }

  sendBookmarks(now: number): void {
    for (const watcher of this.watchers) {
      if (watcher.nextBookmark > now) continue;
      watcher.nextBookmark = now + this.bookmarkDelay();
      watcher.sendBookmark(this.at);
    }
    for (const [revision, { since }] of this.held) if (now - since > heldViewMs) this.held.delete(revision);
  }

  endWatches(): void {
    for (const watcher of [...this.watchers]) watcher.end();
  }

  private async load(): Promise<void> {
    try {
      for (let generation = -1; generation !== this.generation;) {
        generation = this.generation;
        this.arrived = [];
        this.readMeanwhile = 0;
        this.restart(await this.snapshots.read(this.key));
      }
      // From here on in one turn: a change is either among those that arrived or is applied after them.
      this.loaded = true;
      for (const change of this.arrived ?? []) if (change.revision > this.at) this.applyNow(change);
      this.at = Math.max(this.at, this.readMeanwhile);
    } finally {
      this.arrived = undefined;
    }
    this.wake();
  }

  private restart(snapshot: Snapshot): void {
    const objects = snapshot.objects.map((stored) => new StoredCachedObject(stored, this.resource));
    this.objects = SortedObjects.from(objects);
    this.byKey.clear();
    for (const object of objects) this.byKey.set(objectKey(object.namespace, object.name), object);
    this.history = new EventHistory(snapshot.revision, this.limits.history);
    this.held.clear();
    this.at = snapshot.revision;
  }

  private applyNow(change: SourceChange): void {
    const key = objectKey(change.namespace, change.name);
    const object = new StoredCachedObject(change, this.resource);
    const previous = this.byKey.get(key);
    if (change.type === 'DELETED') {
      this.objects = this.objects.without(key);
      this.byKey.delete(key);
    } else {
      this.objects = this.objects.with(key, object);
      this.byKey.set(key, object);
    }
    this.at = change.revision;
    const event = new CacheEvent(change.type, change.revision, key, object, previous);
    this.history.add(event);
    for (const watcher of this.watchers) watcher.offer(event);
    event.forgetBytes();
    this.wake();
  }

  private sendState(watcher: Watcher, request: WatchRequest): void {
    watcher.position = this.at;
    for (const object of this.list(request.namespace ? { namespace: request.namespace } : {}).items) {
      watcher.initial(object);
    }
    if (request.sendInitialEvents) watcher.sendBookmark(this.at, true);
  }

  /** What the history no longer holds, from the change log. */
  private async missedSince(after: Revision): Promise<CacheEvent[]> {
    const missed: CacheEvent[] = [];
    let position = after;
    while (position < this.history.from) {
      const known = this.at;
      const changes = await this.source.changes(position, catchUpPage, this.key);
      for (const change of changes) missed.push(this.pastEvent(change));
      // An empty page says that nothing of this resource lies behind `position`, at least up to what was known before.
      position = changes.at(-1)?.revision ?? Math.max(position, known);
      if (missed.length > maxMissed) throw expired(`too old resource version: ${after} (${this.history.from})`);
    }
    return missed;
  }

  private pastEvent(change: SourceChange): CacheEvent {
    const { previous: body, previousRevision: revision = 0 } = change;
    const previous = body && new StoredCachedObject({ ...change, body, revision, versioned: undefined }, this.resource);
    return new CacheEvent(
      change.type,
      change.revision,
      objectKey(change.namespace, change.name),
      new StoredCachedObject(change, this.resource),
      previous,
    );
  }

  private wake(): void {
    if (this.waiters.length === 0) return;
    const reached = this.waiters.filter((waiter) => waiter.revision <= this.at);
    this.waiters = this.waiters.filter((waiter) => waiter.revision > this.at);
    for (const waiter of reached) waiter.resolve();
  }

  private hold(view: ObjectsView): void {
    this.held.set(view.revision, { view, since: Date.now() });
    for (const revision of this.held.keys()) {
      if (this.held.size <= heldViews) break;
      this.held.delete(revision);
    }
  }

  /** Spread, so that a thousand watches that began together do not speak together. */
  private bookmarkDelay(): number {
    return this.limits.bookmarkMs * (0.75 + Math.random() / 4);
  }
}

/** storage.NewTooLargeResourceVersionError */
function tooLarge(revision: Revision, current: Revision): Error {
  const error = timedOut(`Too large resource version: ${revision}, current: ${current}`, 1);
  error.status.details = {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  };
  return error;
}
