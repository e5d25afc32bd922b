import type { ApiObject, DeepReadonly } from '@nestor/api';

/** "namespace/name", or the bare name of an object without a namespace. */
export function keyOf({ metadata: { namespace, name = '' } }: DeepReadonly<ApiObject>): string {
  return namespace ? `${namespace}/${name}` : name;
}

/** The objects of one kind as the API shows them, found by key and by what `groupOf` says of them. */
export class ObjectTable<T extends ApiObject> {
  private readonly objects = new Map<string, DeepReadonly<T>>();
  private readonly groups = new Map<string, Map<string, DeepReadonly<T>>>();

  constructor(private readonly groupOf: (object: DeepReadonly<T>) => string | undefined = () => undefined) {}

  /** Returns the object as it was. */
  set(object: DeepReadonly<T>): DeepReadonly<T> | undefined {
    const key = keyOf(object);
    const before = this.objects.get(key);
    if (before) this.ungroup(key, before);
    this.objects.set(key, object);
    const group = this.groupOf(object);
    if (group === undefined) return before;
    const there = this.groups.get(group);
    if (there) there.set(key, object);
    else this.groups.set(group, new Map([[key, object]]));
    return before;
  }

  delete(object: DeepReadonly<T>): void {
    const key = keyOf(object);
    const before = this.objects.get(key);
    if (!before) return;
    this.ungroup(key, before);
    this.objects.delete(key);
  }

  get(key: string): DeepReadonly<T> | undefined {
    return this.objects.get(key);
  }

  in(group: string): Iterable<DeepReadonly<T>> {
    return this.groups.get(group)?.values() ?? [];
  }

  private ungroup(key: string, object: DeepReadonly<T>): void {
    const group = this.groupOf(object);
    if (group === undefined) return;
    const there = this.groups.get(group);
    there?.delete(key);
    if (there?.size === 0) this.groups.delete(group);
  }
}

/**
 * A table whose objects can be taken to be changed before the API shows it, so that the next pod does not count on the
 * same one. What the API shows of a later version ends the assumption (kube-scheduler's assume cache).
 */
export class AssumeTable<T extends ApiObject> extends ObjectTable<T> {
  private readonly assumed = new Map<string, DeepReadonly<T>>();

  override set(object: DeepReadonly<T>): DeepReadonly<T> | undefined {
    const key = keyOf(object);
    if (this.assumed.get(key)?.metadata.resourceVersion !== object.metadata.resourceVersion) this.assumed.delete(key);
    return super.set(object);
  }

  override delete(object: DeepReadonly<T>): void {
    this.assumed.delete(keyOf(object));
    super.delete(object);
  }

  /** The object with what is assumed of it. */
  current(key: string): DeepReadonly<T> | undefined {
    return this.assumed.get(key) ?? this.get(key);
  }

  *currentIn(group: string): Iterable<DeepReadonly<T>> {
    for (const object of this.in(group)) yield this.assumed.get(keyOf(object)) ?? object;
  }

  /** Takes `base`, as it was when it was chosen, to be `object`. Throws when it is no longer as it was. */
  assume(base: DeepReadonly<T>, object: DeepReadonly<T>): void {
    const key = keyOf(object);
    const current = this.current(key);
    if (current !== base)
      throw new Error(
        `${JSON.stringify(key)} is out of sync (stored: ${current?.metadata.resourceVersion}, assume: ${base.metadata.resourceVersion})`,
      );
    this.assumed.set(key, object);
  }

  /** Takes the assumption back, if it still stands. */
  restore(object: DeepReadonly<T>): boolean {
    const key = keyOf(object);
    return this.assumed.get(key) === object && this.assumed.delete(key);
  }
}
