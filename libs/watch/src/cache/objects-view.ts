import type { Revision } from '../change-source';
import type { CachedObject, CacheView, ListPage, ListRequest } from './cache-contract';
import { inTurns } from '../turns';
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

  async prepare(request: ListRequest): Promise<void> {
    if (request.matches) await inTurns(this.objects.indexing(startOf(request), request.label));
  }

  list(request: ListRequest = {}): ListPage {
    const { namespace, matches, label } = request;
    const limit = request.limit ? request.limit : Infinity;
    const from = startOf(request);
    const items: CachedObject[] = [];
    let more = false;
    for (const object of this.objects.startingAt(from, label)) {
      if (namespace && object.namespace !== namespace) break;
      if (matches && !matches(object)) continue;
      more = items.length >= limit;
      if (more) break;
      items.push(object);
    }
    const page: ListPage = { revision: this.revision, items, more };
    if (!more) return page;
    this.pageCut(this);
    // With a selector the rest is not counted, as in Kubernetes.
    if (!matches) page.remaining = this.rankOfEnd(namespace) - this.objects.rank(from) - items.length;
    return page;
  }

  /** How many objects come before the end of a namespace, or of everything. */
  private rankOfEnd(namespace: string | undefined): number {
    // '0' is the character behind '/'.
    return namespace ? this.objects.rank(`${namespace}0`) : this.objects.size;
  }
}

function startOf({ namespace, after }: ListRequest): string {
  // The key behind `after` is itself with the least character appended.
  if (after) return `${objectKey(after.namespace, after.name)}\0`;
  return namespace ? `${namespace}/` : '';
}
