import type { ApiObject, DeepReadonly } from '@nestor/api';
import type { Revision, SourceObject } from '../change-source';
import { versionedBody } from '../object-bytes';
import type { CachedObject, CachedResource, ObjectIndex } from './cache-contract';

/** Bytes held once; the index is parsed when a selector first asks, the object when somebody needs it whole. */
export class StoredCachedObject implements CachedObject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly revision: Revision;
  readonly bytes: Buffer;
  private index: ObjectIndex | undefined;
  /** Parsed objects weigh several times their JSON: kept only until the collector wants the room. */
  private parsed: WeakRef<DeepReadonly<ApiObject>> | undefined;

  constructor(
    stored: SourceObject,
    private readonly resource: CachedResource,
  ) {
    this.namespace = stored.namespace;
    this.name = stored.name;
    this.uid = stored.uid;
    this.revision = stored.revision;
    this.bytes = versionedBody(stored);
  }

  get labels(): Readonly<Record<string, string>> {
    return this.indexed().labels;
  }

  get fields(): Readonly<Record<string, string>> {
    return this.indexed().fields;
  }

  object(): DeepReadonly<ApiObject> {
    let object = this.parsed?.deref();
    if (!object) {
      object = JSON.parse(this.bytes.toString('utf8')) as DeepReadonly<ApiObject>;
      this.parsed = new WeakRef(object);
    }
    return object;
  }

  private indexed(): ObjectIndex {
    this.index ??= this.resource.index(this.object());
    return this.index;
  }
}
