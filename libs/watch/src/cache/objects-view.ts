import type { Revision } from '../change-source';
import type { CachedObject, CacheView, ListPage, ListRequest } from './cache-contract';
import { objectKey, type SortedObjects } from './sorted-objects';

export class ObjectsView implements CacheView {
  constructor(
    readonly revision: Revision,
    private readonly objects: SortedObjects,
    /** Called when a page leaves a rest that somebody may come back for. */
    private readonly pageCut: (view: ObjectsView) => void,
  ) {}

  get size(): number {
    return this.objects.size;
  }

  get(namespace: string, name: string): CachedObject | undefined {
    return this.objects.get(objectKey(namespace, name));
  }

  list(request: ListRequest = {}): ListPage {
    const { namespace, matches, after } = request;
    const limit = request.limit ? request.limit : Infinity;
    // The key behind `after` is itself with the least character appended.
    const from = after ? `${objectKey(after.namespace, after.name)}\0` : namespace ? `${namespace}/` : '';
    const items: CachedObject[] = [];
    let remaining = 0;
    for (const object of this.objects.startingAt(from)) {
      if (namespace && object.namespace !== namespace) break;
      if (matches && !matches(object)) continue;
      if (items.length < limit) items.push(object);
      else {
        remaining += 1;
        // With a selector the rest is not counted, as in Kubernetes: one more is all that needs to be known.
        if (matches) break;
      }
    }
    const page: ListPage = { revision: this.revision, items, more: remaining > 0 };
    if (page.more) this.pageCut(this);
    if (!matches && remaining > 0) page.remaining = remaining;
    return page;
  }
}
