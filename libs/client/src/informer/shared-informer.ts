import type { ApiObject, DeepReadonly } from '@nestor/api';
import { createLogger } from '@nestor/telemetry';
import type { Informer, InformerHandlers, Lister } from '../contracts';
import { revisionOf, type ChangeSink, type ChangeSource } from './change-source';
import { deepFreeze } from './deep-freeze';
import { deferred } from './deferred';
import { ObjectCache, objectKey } from './object-cache';
import { SharedParts } from './shared-parts';

const log = createLogger('informer');

export interface SharedInformerOptions {
  name: string;
}

/**
 * A copy of one resource with any number of handlers. The transport behind it is a ChangeSource. managedFields are left
 * out, as those of upstream's components do: they are half of an object, and who reconciles has no use for them.
 */
export class SharedInformer<T extends ApiObject> implements Informer<T>, ChangeSink<T> {
  private readonly cache = new ObjectCache<T>();
  private readonly parts = new SharedParts();
  private readonly handlers = new Set<InformerHandlers<T>>();
  private readonly stopping = new AbortController();
  private readonly firstList = deferred();
  private running: Promise<void> | undefined;
  private revision = 0;

  constructor(
    private readonly source: ChangeSource<T>,
    private readonly options: SharedInformerOptions,
  ) {}

  get lister(): Lister<T> {
    return this.cache;
  }
  get synced(): boolean {
    return this.revision > 0;
  }
  get resourceVersion(): string {
    return String(this.revision);
  }
  get position(): number {
    return this.revision;
  }

  addIndex(name: string, values: (object: DeepReadonly<T>) => string[]): void {
    this.cache.addIndex(name, values);
  }

  /** A late handler is told of everything that is there, as an addition. */
  addHandlers(handlers: InformerHandlers<T>): () => void {
    this.handlers.add(handlers);
    for (const object of this.cache.list()) this.call(() => handlers.added?.(object));
    return () => this.handlers.delete(handlers);
  }

  start(): Promise<void> {
    this.running ??= this.source.run(this, this.stopping.signal);
    return this.firstList.promise;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.firstList.resolve();
    await this.running;
  }

  replace(items: T[], revision: number): void {
    this.advance(revision);
    const gone = new Set(this.cache.keys());
    for (const item of items) {
      gone.delete(objectKey(item));
      this.upsert(item);
    }
    for (const key of gone) this.remove(key);
    this.firstList.resolve();
  }

  apply(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void {
    // Before the handlers: they may ask which revision the copy is at.
    this.advance(revisionOf(object));
    if (type === 'DELETED') this.remove(objectKey(object), object);
    else this.upsert(object);
  }

  advance(revision: number): void {
    if (revision > this.revision) this.revision = revision;
  }

  private upsert(incoming: T): void {
    const key = objectKey(incoming);
    const old = this.cache.getByKey(key);
    if (old && revisionOf(incoming) <= revisionOf(old)) return;
    const object = this.prepare(incoming);
    this.cache.set(key, object);
    for (const handlers of this.handlers) {
      // Deleted and made anew while we were away: not the same object, whatever its name is.
      if (old && old.metadata.uid !== object.metadata.uid) {
        this.call(() => handlers.deleted?.(old));
        this.call(() => handlers.added?.(object));
      } else if (old) this.call(() => handlers.updated?.(object, old));
      else this.call(() => handlers.added?.(object));
    }
  }

  private remove(key: string, final?: T): void {
    const old = this.cache.getByKey(key);
    if (!old || (final && revisionOf(final) < revisionOf(old))) return;
    this.cache.delete(key);
    // The final state, where it is known and still the same object, says more than what we had.
    const last = final && final.metadata.uid === old.metadata.uid ? this.prepare(final) : old;
    for (const handlers of this.handlers) this.call(() => handlers.deleted?.(last));
  }

  private prepare(object: T): DeepReadonly<T> {
    // Not deleted: that would turn the metadata into a slower and larger kind of object.
    object.metadata.managedFields = undefined;
    this.parts.share(object);
    // In tests a write to a shared object fails at once instead of confusing another reader.
    return (process.env['NODE_ENV'] === 'test' ? deepFreeze(object) : object) as DeepReadonly<T>;
  }

  private call(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      // One broken handler must neither stop the stream nor keep the change from the others.
      log.error({ informer: this.options.name, error }, 'handler failed');
    }
  }
}
