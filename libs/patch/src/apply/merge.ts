import type { StructuralSchema } from '@nestor/schema';
import { getKey, isObject, jsonEqual, setKey, type JsonObject } from '../json/json-value';
import { indexList, type IndexedList } from './list-items';
import { childSchema, isVoid, shapeOf } from './shape';

/**
 * typed.Merge: the live value with everything the applied one says laid over it. Granular maps and lists merge,
 * everything else is replaced. Parts the applied value does not change are shared with the live one.
 */
export function mergeTyped(schema: StructuralSchema | undefined, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live;
  if (live === undefined) return applied;
  const shape = shapeOf(schema, applied ?? live);
  if (shape === 'scalar' || shape === 'atomic' || (isVoid(live) && isVoid(applied))) {
    return jsonEqual(live, applied) ? live : applied;
  }
  if (shape === 'list') return mergeLists(schema!, live, applied);
  return mergeMaps(schema, live, applied);
}

function mergeMaps(schema: StructuralSchema | undefined, live: unknown, applied: unknown): unknown {
  // Null as a whole map says nothing about its keys.
  if (!isObject(applied)) return applied === null ? live : applied;
  if (!isObject(live)) return applied;
  let result: JsonObject | undefined;
  for (const name of Object.keys(applied)) {
    const old = getKey(live, name);
    const merged = mergeTyped(childSchema(schema, name), old, applied[name]);
    if (merged !== old || old === undefined) setKey((result ??= { ...live }), name, merged);
  }
  return result ?? live;
}

/** Keeps the applied list's order; items only the live list has stay beside their live neighbours. */
function mergeLists(schema: StructuralSchema, live: unknown, applied: unknown): unknown {
  const liveList = Array.isArray(live) ? live : [];
  const left = indexList(schema, liveList);
  const right = indexList(schema, applied);
  const merged = new ListMerge(schema, liveList, left, right).run();
  const unchanged = merged.length === liveList.length && merged.every((item, index) => item === liveList[index]);
  return unchanged && Array.isArray(live) ? live : merged;
}

/** mergingWalker.visitListItems: walks both lists at once, guided by the order of the items they share. */
class ListMerge {
  private readonly out: unknown[] = [];
  private readonly taken = new Set<string>();
  private readonly shared: string[];

  constructor(
    private readonly schema: StructuralSchema,
    private readonly liveList: readonly unknown[],
    private readonly left: IndexedList,
    private readonly right: IndexedList,
  ) {
    this.shared = right.order.filter((element) => left.items.has(element));
  }

  run(): unknown[] {
    const { left, right } = this;
    let l = 0;
    let r = 0;
    while (l < left.order.length || r < right.order.length) {
      const mine = left.order[l];
      const theirs = right.order[r];
      if (mine !== undefined && mine === theirs) {
        this.take(theirs);
        l++;
        r++;
      } else if (mine !== undefined && theirs !== undefined && this.comesLater(mine)) {
        l++;
      } else if (mine !== undefined && !right.items.has(mine)) {
        this.out.push(this.liveList[l++]);
      } else if (mine !== undefined && this.taken.has(mine)) {
        l++;
      } else {
        this.take(theirs!);
        r++;
      }
    }
    return this.out;
  }

  /** A shared item, but not the next one by the applied order. */
  private comesLater(element: string): boolean {
    return this.right.items.has(element) && this.shared.length > 0 && this.shared[0] !== element;
  }

  private take(element: string): void {
    this.taken.add(element);
    if (this.shared[0] === element) this.shared.shift();
    const applied = this.right.items.get(element);
    const live = this.left.duplicates?.has(element) ? undefined : this.left.items.get(element);
    this.out.push(mergeTyped(this.schema.items, live, applied));
  }
}
