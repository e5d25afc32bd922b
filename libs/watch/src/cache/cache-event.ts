import type { ChangeType, Revision } from '../change-source';
import { encodeBookmark, encodeEvent, withoutResourceVersion, withResourceVersion } from '../object-bytes';
import type { BookmarkEvent, CachedObject, CachedResource, Matcher, ObjectEvent } from './cache-contract';

/** An event whose line is made when the first watcher writes it and shared with the others. */
class LazyObjectEvent implements ObjectEvent {
  private line: Buffer | undefined;

  constructor(
    readonly type: ChangeType,
    readonly revision: Revision,
    readonly object: CachedObject,
  ) {}

  get bytes(): Buffer {
    return (this.line ??= encodeEvent(this.type, this.object.bytes));
  }

  /** After dispatch: the history keeps events long, their lines would double its memory. */
  forgetBytes(): void {
    this.line = undefined;
  }
}

export class LazyBookmark implements BookmarkEvent {
  readonly type = 'BOOKMARK';
  private line: Buffer | undefined;

  constructor(
    private readonly resource: CachedResource,
    readonly revision: Revision,
    readonly initialEventsEnd = false,
  ) {}

  get bytes(): Buffer {
    return (this.line ??= encodeBookmark({
      ...this.resource,
      revision: this.revision,
      initialEventsEnd: this.initialEventsEnd,
    }));
  }
}

/** The state as it was, at the revision of the change that ended it: what a watcher is told whose selector it left. */
function leaving(previous: CachedObject, revision: Revision): CachedObject {
  let bytes: Buffer | undefined;
  return {
    namespace: previous.namespace,
    name: previous.name,
    uid: previous.uid,
    revision,
    labels: previous.labels,
    fields: previous.fields,
    get bytes() {
      return (bytes ??= withResourceVersion(withoutResourceVersion(previous.bytes), revision));
    },
    object() {
      const object = previous.object();
      return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    },
  };
}

/** One change of one object, and the events it can be to watchers with different selectors. */
export class CacheEvent {
  private asIs: LazyObjectEvent | undefined;
  private entering: LazyObjectEvent | undefined;
  private left: LazyObjectEvent | undefined;

  constructor(
    readonly type: ChangeType,
    readonly revision: Revision,
    readonly key: string,
    readonly object: CachedObject,
    readonly previous: CachedObject | undefined,
  ) {}

  /** What a watcher with this selector is told; undefined for nothing. */
  seenBy(matches: Matcher | undefined): ObjectEvent | undefined {
    if (!matches) return this.plain();
    // A deletion matches by the state before it, as in Kubernetes.
    const matched = this.previous !== undefined && matches(this.previous);
    if (this.type === 'DELETED') return matched ? this.plain() : undefined;
    const now = matches(this.object);
    if (now) {
      if (matched || this.type === 'ADDED') return this.plain();
      return (this.entering ??= new LazyObjectEvent('ADDED', this.revision, this.object));
    }
    if (!matched || !this.previous) return undefined;
    return (this.left ??= new LazyObjectEvent('DELETED', this.revision, leaving(this.previous, this.revision)));
  }

  forgetBytes(): void {
    this.asIs?.forgetBytes();
    this.entering?.forgetBytes();
    this.left = undefined;
  }

  private plain(): ObjectEvent {
    return (this.asIs ??= new LazyObjectEvent(this.type, this.revision, this.object));
  }
}

/** The present state of an object, told as an initial event. */
export const initialEvent = (object: CachedObject): ObjectEvent =>
  new LazyObjectEvent('ADDED', object.revision, object);
