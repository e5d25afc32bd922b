import { isExpired } from '@nestor/api';
import type { ChangeSource, Revision, SourceChange } from '../change-source';
import type { CachedResource, ResourceCache } from './cache-contract';
import { defaultHistoryLimits, type HistoryLimits } from './event-history';
import { FollowedResource } from './followed-resource';
import { SnapshotReader } from './snapshot-reader';
import { defaultQueueLimits, type QueueLimits } from './watcher';

export interface WatchCacheOptions {
  source: ChangeSource;
  /** What to know of a resource key; called when the resource is first asked for. Unknown keys may throw. */
  describe(resource: string): CachedResource;
  /** Hears of what went wrong while following; it carries on by itself. */
  onError?(error: unknown): void;
  history?: Partial<HistoryLimits>;
  queue?: Partial<QueueLimits>;
  /** How often a watch that allows bookmarks gets one; a minute, as in Kubernetes. */
  bookmarkMs?: number;
}

/** Changes of one step; between steps requests get their turn. */
const stepSize = 256;
const retryMs = 250;
const timerMs = 1000;

/**
 * The API server's copy of the truth: a ResourceCache for every resource that is asked for, all fed by one reader of
 * the change log, in revision order.
 */
export class WatchCache {
  private readonly resources = new Map<string, FollowedResource>();
  private readonly snapshots: SnapshotReader;
  private position: Revision = 0;
  private target: Revision = 0;
  private following: Promise<void> | undefined;
  private unsubscribe: (() => void) | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly options: WatchCacheOptions) {
    this.snapshots = new SnapshotReader(options.source);
  }

  /** Begins to follow; `preload` are resource keys to read at once. */
  async start(preload: readonly string[] = []): Promise<void> {
    // Subscribed before the first read, so that no revision falls between.
    this.unsubscribe = this.options.source.onRevision((revision) => this.heard(revision));
    this.position = await this.options.source.currentRevision();
    this.timer = setInterval(() => this.sendBookmarks(), timerMs);
    this.timer.unref();
    this.heard(this.target);
    await Promise.all(preload.map((key) => this.resource(key).ready()));
  }

  /** Revision up to which every loaded resource is. */
  get revision(): Revision {
    return this.position;
  }

  /** Loads on first use (await ready()). Resources that appear later, from a CRD, are as any other. */
  resource(key: string): ResourceCache {
    let resource = this.resources.get(key);
    if (!resource) {
      resource = new FollowedResource(key, this.options.describe(key), this.options.source, this.snapshots, {
        history: { ...defaultHistoryLimits, ...this.options.history },
        queue: { ...defaultQueueLimits, ...this.options.queue },
        bookmarkMs: this.options.bookmarkMs ?? 60_000,
      });
      this.resources.set(key, resource);
    }
    return resource;
  }

  /** Forgets a resource whose definition is gone; its watches end. */
  drop(key: string): void {
    this.resources.get(key)?.endWatches();
    this.resources.delete(key);
  }

  /** History up to here was compacted: a watch or a list at an older revision gets expired, from memory as well. */
  compacted(revision: Revision): void {
    for (const resource of this.resources.values()) resource.forgetBehind(Math.min(revision, this.position));
  }

  /** Ends all watches (clients reconnect elsewhere) and stops following. */
  stop(): void {
    this.stopped = true;
    this.unsubscribe?.();
    clearInterval(this.timer);
    for (const resource of this.resources.values()) resource.endWatches();
  }

  private heard(revision: Revision): void {
    this.target = Math.max(this.target, revision);
    if (this.position === 0 || this.stopped) return;
    this.following ??= this.follow().finally(() => {
      this.following = undefined;
    });
  }

  private async follow(): Promise<void> {
    while (this.position < this.target && !this.stopped) {
      try {
        await this.step();
      } catch (error) {
        this.options.onError?.(error);
        if (isExpired(error)) await this.startOver(error);
        else await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
  }

  private async step(): Promise<void> {
    const target = this.target;
    const changes = await this.options.source.tail(this.position, stepSize);
    for (const change of changes) {
      this.apply(change);
      this.position = change.revision;
    }
    // Revisions may have holes; what was committed by `target` has all been read when nothing more comes.
    if (changes.length === 0) this.position = target;
    for (const resource of this.resources.values()) resource.reached(this.position);
  }

  private apply(change: SourceChange): void {
    try {
      this.resources.get(change.resource)?.apply(change);
    } catch (error) {
      // One body that cannot be read must not stop the rest of the cluster.
      this.options.onError?.(error);
    }
  }

  /** This replica slept through a compaction. */
  private async startOver(error: unknown): Promise<void> {
    try {
      this.position = await this.options.source.currentRevision();
      await Promise.all([...this.resources.values()].map((resource) => resource.reload(error)));
    } catch (failure) {
      this.options.onError?.(failure);
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  private sendBookmarks(): void {
    const now = Date.now();
    for (const resource of this.resources.values()) resource.sendBookmarks(now);
  }
}
