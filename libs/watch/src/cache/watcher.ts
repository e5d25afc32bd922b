import type { Revision } from '../change-source';
import { type CacheEvent, initialEvent, LazyBookmark } from './cache-event';
import type {
  CachedObject,
  CachedResource,
  ObjectEvent,
  Watch,
  WatchEvent,
  WatchRequest,
  WatchSink,
} from './cache-contract';

export interface QueueLimits {
  maxEvents: number;
  maxBytes: number;
}
export const defaultQueueLimits: QueueLimits = { maxEvents: 5_000, maxBytes: 16 * 1024 * 1024 };

interface Queued {
  event: WatchEvent;
  /** What counts against the limits. */
  bytes: number;
}

export interface WatcherContext {
  resource: CachedResource;
  queue: QueueLimits;
  currentRevision(): Revision;
  removed(watcher: Watcher): void;
}

/** One watch: what it wants, how far it has come, and what its reader has not taken yet. */
export class Watcher implements Watch {
  /** Everything up to here has been handed over or did not concern this watch. */
  position: Revision;
  nextBookmark = Infinity;
  private queue: Queued[] = [];
  private liveQueued = 0;
  private liveBytes = 0;
  private blocked = false;
  private ended = false;

  constructor(
    private readonly request: WatchRequest,
    private readonly sink: WatchSink,
    private readonly context: WatcherContext,
  ) {
    this.position = request.after ?? 0;
  }

  concerns(object: CachedObject): boolean {
    const { namespace, name } = this.request;
    return (!namespace || object.namespace === namespace) && (!name || object.name === name);
  }

  /** A change as it happens. */
  offer(event: CacheEvent): void {
    const seen = this.take(event);
    if (seen) this.send(seen, seen.object.bytes.length);
  }

  /** A change from before the watch began. What a watch starts with must not count as its reader falling behind. */
  replay(event: CacheEvent): void {
    const seen = this.take(event);
    if (seen) this.send(seen, 0);
  }

  initial(object: CachedObject): void {
    if (this.concerns(object) && (!this.request.matches || this.request.matches(object)))
      this.send(initialEvent(object), 0);
  }

  sendBookmark(revision: Revision, initialEventsEnd = false): void {
    if (this.ended || revision < this.position) return;
    // A periodic one may be left out while the reader is behind, the end of the initial events may not.
    if (this.blocked && !initialEventsEnd) return;
    this.position = revision;
    this.send(new LazyBookmark(this.context.resource, revision, initialEventsEnd), 0);
  }

  bookmark(): void {
    this.sendBookmark(this.context.currentRevision());
  }

  drained(): void {
    this.blocked = false;
    let taken = 0;
    while (taken < this.queue.length && !this.blocked && !this.ended) {
      const { event, bytes } = this.queue[taken] as Queued;
      taken += 1;
      if (bytes > 0) this.liveQueued -= 1;
      this.liveBytes -= bytes;
      this.blocked = !this.sink.write(event);
    }
    this.queue.splice(0, taken);
  }

  stop(): void {
    this.ended = true;
    this.queue = [];
    this.context.removed(this);
  }

  end(error?: unknown): void {
    if (this.ended) return;
    this.stop();
    this.sink.end(error);
  }

  private take(event: CacheEvent): ObjectEvent | undefined {
    if (event.revision <= this.position || this.ended) return undefined;
    this.position = event.revision;
    return this.concerns(event.object) ? event.seenBy(this.request.matches) : undefined;
  }

  private send(event: WatchEvent, bytes: number): void {
    if (this.ended) return;
    if (!this.blocked) {
      this.blocked = !this.sink.write(event);
      return;
    }
    this.queue.push({ event, bytes });
    this.liveBytes += bytes;
    if (bytes > 0) this.liveQueued += 1;
    const { maxEvents, maxBytes } = this.context.queue;
    // Too slow. It resumes from its last revision once it has caught its breath.
    if (this.liveQueued > maxEvents || this.liveBytes > maxBytes) this.end();
  }
}
