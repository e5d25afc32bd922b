import type { ApiObject, DeepReadonly } from '@nestor/api';
import type { Lister } from '../contracts';

type Values<T extends ApiObject> = (object: DeepReadonly<T>) => string[];
interface Index<T extends ApiObject> {
  values: Values<T>;
  buckets: Map<string, Map<string, DeepReadonly<T>>>;
}

const namespaceIndex = 'namespace';

export function objectKey(object: { metadata: { namespace?: string; name?: string } }): string {
  return keyOf(object.metadata.namespace, object.metadata.name ?? '');
}
/** "namespace/name", or the bare name for cluster scope: the key that queues hold. */
export function keyOf(namespace: string | undefined, name: string): string {
  return namespace ? `${namespace}/${name}` : name;
}
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return slash === -1 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The informer's copy of a resource, with indexes kept up on every change so that a lookup never scans. */
export class ObjectCache<T extends ApiObject> implements Lister<T> {
  private readonly objects = new Map<string, DeepReadonly<T>>();
  private readonly indexes = new Map<string, Index<T>>();

  constructor() {
    this.addIndex(namespaceIndex, (object) => [object.metadata.namespace ?? '']);
  }

  /** Also takes an index after objects have come in: it is then built over what is there. */
  addIndex(name: string, values: Values<T>): void {
    if (this.indexes.has(name)) return;
    const index: Index<T> = { values, buckets: new Map() };
    this.indexes.set(name, index);
    for (const [key, object] of this.objects) insert(index, key, object);
  }

  get(namespace: string, name: string): DeepReadonly<T> | undefined {
    return this.objects.get(keyOf(namespace, name));
  }
  getByKey(key: string): DeepReadonly<T> | undefined {
    return this.objects.get(key);
  }
  list(namespace?: string): DeepReadonly<T>[] {
    return namespace ? this.byIndex(namespaceIndex, namespace) : [...this.objects.values()];
  }
  byIndex(name: string, value: string): DeepReadonly<T>[] {
    const index = this.indexes.get(name);
    if (!index) throw new Error(`the informer has no index "${name}": add it with addIndex before start`);
    const bucket = index.buckets.get(value);
    return bucket ? [...bucket.values()] : [];
  }
  get size(): number {
    return this.objects.size;
  }
  keys(): IterableIterator<string> {
    return this.objects.keys();
  }

  set(key: string, object: DeepReadonly<T>): void {
    const old = this.objects.get(key);
    this.objects.set(key, object);
    for (const index of this.indexes.values()) {
      if (old) remove(index, key, old);
      insert(index, key, object);
    }
  }
  delete(key: string): void {
    const old = this.objects.get(key);
    if (!old) return;
    this.objects.delete(key);
    for (const index of this.indexes.values()) remove(index, key, old);
  }
}

function insert<T extends ApiObject>(index: Index<T>, key: string, object: DeepReadonly<T>): void {
  for (const value of index.values(object)) {
    let bucket = index.buckets.get(value);
    if (!bucket) index.buckets.set(value, (bucket = new Map()));
    bucket.set(key, object);
  }
}

function remove<T extends ApiObject>(index: Index<T>, key: string, object: DeepReadonly<T>): void {
  for (const value of index.values(object)) {
    const bucket = index.buckets.get(value);
    if (bucket?.delete(key) && bucket.size === 0) index.buckets.delete(value);
  }
}
