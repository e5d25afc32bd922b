import type { StructuralSchema } from '@nestor/schema';
import { isObject, jsonEqual, setKey, type JsonObject } from '../json/json-value';
import { asNewValue, directive, strategicError } from './directives';
import { orderElements } from './element-order';

export interface ListMerge {
  field: string;
  schema: StructuralSchema | undefined;
  mergeKey: string;
  mergeItem: (original: JsonObject, patch: JsonObject, schema: StructuralSchema | undefined) => unknown;
}

function holdsObjects(...lists: (readonly unknown[])[]): boolean {
  let objects: boolean | undefined;
  for (const list of lists) {
    for (const item of list) {
      if (Array.isArray(item)) throw strategicError.listOfLists();
      const object = isObject(item);
      if (objects !== undefined && objects !== object) throw strategicError.primitiveList();
      objects = object;
    }
  }
  return objects ?? false;
}

/** Merges a patch's list into the live one by the list's merge key, or as a set of scalars. */
export function mergeList(original: readonly unknown[], patch: readonly unknown[], how: ListMerge): unknown[] {
  if (original.length === 0 && patch.length === 0) return [];
  if (!holdsObjects(original, patch)) {
    return orderElements([...new Set([...original, ...patch])], patch, original, '');
  }
  if (how.mergeKey === '') throw strategicError.noKeyDeclared(how.field);
  const { base, items } = applyItemDirectives(original, patch as JsonObject[], how.mergeKey);
  if (base === undefined) return items;
  return orderElements(mergeItems(base, items, how), items, original, how.mergeKey);
}

/** $patch: delete removes its match from the base; $patch: replace makes the rest of the patch the whole list. */
function applyItemDirectives(original: readonly unknown[], patch: readonly JsonObject[], mergeKey: string) {
  let base: unknown[] | undefined = [...original];
  let replaced = false;
  const items: JsonObject[] = [];
  for (const item of patch) {
    const action = item[directive.patch];
    if (action === undefined) items.push(item);
    else if (action === 'replace') replaced = true;
    else if (action === 'merge') throw strategicError.mergeInList();
    else if (action !== 'delete') throw strategicError.patchType(action, item);
    else {
      if (!Object.hasOwn(item, mergeKey)) throw strategicError.noMergeKey(item, mergeKey);
      base = base.filter((live) => !(isObject(live) && jsonEqual(live[mergeKey], item[mergeKey])));
    }
  }
  if (replaced) base = undefined;
  return { base, items };
}

function mergeItems(base: unknown[], items: readonly JsonObject[], how: ListMerge): unknown[] {
  const merged = [...base];
  for (const item of items) {
    if (!Object.hasOwn(item, how.mergeKey)) throw strategicError.noMergeKey(item, how.mergeKey);
    const at = merged.findIndex((live) => isObject(live) && jsonEqual(live[how.mergeKey], item[how.mergeKey]));
    if (at < 0) merged.push(asNewValue(item));
    else merged[at] = how.mergeItem(merged[at] as JsonObject, item, how.schema);
  }
  return merged;
}

/** $deleteFromPrimitiveList */
export function deleteFromList(original: readonly unknown[], remove: readonly unknown[]): unknown[] {
  return original.filter((item) => !remove.includes(item));
}

/** $retainKeys: every key the patch sets must be retained, and what is not retained goes. */
export function retainKeys(original: JsonObject, patch: JsonObject): JsonObject {
  if (!Object.hasOwn(patch, directive.retainKeys)) return original;
  const list = patch[directive.retainKeys];
  if (!Array.isArray(list)) throw strategicError.retainKeys();
  const retained = new Set<unknown>(list);
  for (const key of Object.keys(patch)) {
    const exempt =
      patch[key] === null ||
      key === directive.retainKeys ||
      key.startsWith(directive.deleteFromPrimitiveList) ||
      key.startsWith(directive.setElementOrder);
    if (!exempt && !retained.has(key)) throw strategicError.retainKeys();
  }
  const result: JsonObject = {};
  for (const key of Object.keys(original)) if (retained.has(key)) setKey(result, key, original[key]);
  return result;
}
