import { isObject, jsonEqual } from '../json/json-value';
import { plainPatchError } from '../patch-error';
import { directive, strategicError } from './directives';

/** Identity of a list item: its merge key's value, or itself in a list of scalars (mergeKey ''). */
function identity(item: unknown, mergeKey: string): unknown {
  if (mergeKey === '') return item;
  if (!isObject(item) || !Object.hasOwn(item, mergeKey)) throw strategicError.noMergeKey(item, mergeKey);
  return item[mergeKey];
}

/** First position of each identity. Identities are scalars in any valid object; others fall back to their JSON. */
function positions(list: readonly unknown[], mergeKey: string): Map<unknown, number> {
  const found = new Map<unknown, number>();
  list.forEach((item, index) => {
    const id = lookupKey(identity(item, mergeKey));
    if (!found.has(id)) found.set(id, index);
  });
  return found;
}

function lookupKey(id: unknown): unknown {
  return typeof id === 'object' && id !== null ? JSON.stringify(id) : id;
}

function sortBy(items: unknown[], order: Map<unknown, number>, mergeKey: string): unknown[] {
  const at = (item: unknown) => order.get(lookupKey(identity(item, mergeKey))) ?? Number.MAX_SAFE_INTEGER;
  return [...items].sort((a, b) => at(a) - at(b));
}

/**
 * Orders a merged list: items the patch speaks of in the patch's order, the others in the live list's order,
 * interleaved by the live order as far as it knows both (strategicpatch normalizeElementOrder).
 */
export function orderElements(
  merged: readonly unknown[],
  patchOrder: readonly unknown[],
  liveOrder: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const wanted = positions(patchOrder, mergeKey);
  const live = positions(liveOrder, mergeKey);
  const inPatch = (item: unknown) => wanted.has(lookupKey(identity(item, mergeKey)));
  const right = sortBy(merged.filter(inPatch), wanted, mergeKey);
  const left = sortBy(
    merged.filter((item) => !inPatch(item)),
    live,
    mergeKey,
  );
  const result: unknown[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const leftAt = i < left.length ? live.get(lookupKey(identity(left[i], mergeKey))) : undefined;
    const rightAt = j < right.length ? live.get(lookupKey(identity(right[j], mergeKey))) : undefined;
    const takeLeft = j >= right.length || (leftAt !== undefined && rightAt !== undefined && leftAt < rightAt);
    result.push(takeLeft ? left[i++] : right[j++]);
  }
  return result;
}

/** The patch's items must come in the order of its $setElementOrder list, and all be in it. */
export function checkElementOrder(patchList: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  const items = patchList.filter((item) => !(isObject(item) && Object.hasOwn(item, directive.patch)));
  let next = 0;
  for (const position of order) {
    if (next >= items.length) return;
    if (jsonEqual(identity(items[next], mergeKey), identity(position, mergeKey))) next++;
  }
  if (next >= items.length) return;
  throw plainPatchError(
    `The order in patch list:\n${JSON.stringify(patchList)}\n doesn't match $setElementOrder list:\n${JSON.stringify(order)}\n`,
  );
}
