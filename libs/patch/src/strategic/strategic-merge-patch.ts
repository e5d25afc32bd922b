import { badRequest } from '@nestor/api';
import type { StructuralSchema } from '@nestor/schema';
import { getKey, isObject, setKey, type JsonObject } from '../json/json-value';
import { asNewValue, directive, strategicError } from './directives';
import { checkElementOrder, orderElements } from './element-order';
import { deleteFromList, mergeList, retainKeys, type ListMerge } from './list-merge';
import { patchMetaOf, type FieldPatchMeta } from './patch-meta';

/**
 * Applies a strategic merge patch (k8s.io/apimachinery/pkg/util/strategicpatch StrategicMergeMapPatch) and returns
 * the new document; neither input is changed. The schema says which lists merge and by which key; without it every
 * list is replaced, as in a merge patch.
 */
export function applyStrategicMergePatch<T extends object>(
  schema: StructuralSchema | undefined,
  doc: T,
  patch: unknown,
): T {
  if (!isObject(patch)) throw badRequest('invalid JSON document');
  return mergeMap(doc as JsonObject, patch, schema) as T;
}

function mergeMap(original: JsonObject, patch: JsonObject, schema: StructuralSchema | undefined): JsonObject {
  if (Object.hasOwn(patch, directive.patch)) return wholeMap(patch);
  const retained = retainKeys(original, patch);
  const result = retained === original ? { ...original } : retained;
  const done = mergeOrderedLists(result, patch, schema);
  for (const key of Object.keys(patch)) {
    if (done.has(key) || key === directive.retainKeys || key.startsWith(directive.setElementOrder)) continue;
    if (key.startsWith(directive.deleteFromPrimitiveList)) {
      deletePrimitives(result, key.slice(directive.deleteFromPrimitiveList.length), patch[key]);
    } else {
      mergeField(result, key, patch[key], schema);
    }
  }
  return result;
}

/** $patch at the level of a map decides about the map as a whole. */
function wholeMap(patch: JsonObject): JsonObject {
  const action = patch[directive.patch];
  if (action === 'delete') return {};
  if (action !== 'replace') throw strategicError.patchType(action, patch);
  const result = { ...patch };
  delete result[directive.patch];
  return result;
}

function mergeField(result: JsonObject, key: string, value: unknown, schema: StructuralSchema | undefined): void {
  if (value === null) {
    delete result[key];
    return;
  }
  const live = getKey(result, key);
  if (isObject(live) && isObject(value)) {
    const meta = patchMetaOf(schema, key);
    setKey(result, key, meta.replace ? value : mergeMap(live, value, meta.schema));
  } else if (Array.isArray(live) && Array.isArray(value)) {
    const meta = patchMetaOf(schema, key);
    setKey(result, key, meta.merge ? mergeList(live, value, listMerge(key, meta)) : value);
  } else {
    setKey(result, key, asNewValue(value));
  }
}

function listMerge(field: string, meta: FieldPatchMeta): ListMerge {
  return { field, schema: meta.schema, mergeKey: meta.mergeKey, mergeItem: mergeMap };
}

function deletePrimitives(result: JsonObject, field: string, remove: unknown): void {
  if (field === '' || !Array.isArray(remove)) throw strategicError.primitiveList();
  const live = getKey(result, field);
  if (Array.isArray(live)) setKey(result, field, deleteFromList(live, remove));
}

/** Handles each $setElementOrder together with the list it orders; returns the list keys it has dealt with. */
function mergeOrderedLists(result: JsonObject, patch: JsonObject, schema: StructuralSchema | undefined): Set<string> {
  const done = new Set<string>();
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(directive.setElementOrder)) continue;
    const field = key.slice(directive.setElementOrder.length);
    const order = patch[key];
    if (field === '') throw strategicError.setElementOrder();
    if (!Array.isArray(order)) throw strategicError.argument('list', order);
    if (getKey(patch, field) === null) continue;
    mergeOrderedList(result, field, { order, patch: asList(getKey(patch, field)), meta: patchMetaOf(schema, field) });
    done.add(field);
  }
  return done;
}

function asList(value: unknown): unknown[] | undefined {
  if (value !== undefined && !Array.isArray(value)) throw strategicError.argument('list', value);
  return value;
}

function mergeOrderedList(
  result: JsonObject,
  field: string,
  how: { order: unknown[]; patch: unknown[] | undefined; meta: FieldPatchMeta },
): void {
  const live = asList(getKey(result, field) ?? undefined);
  const { order, patch, meta } = how;
  if (patch) checkElementOrder(patch, order, meta.mergeKey);
  if (!live && !patch) return;
  let merged: unknown[] = live ?? [];
  if (patch) {
    if (!live) merged = asNewValue(patch) as unknown[];
    else merged = meta.merge ? mergeList(live, patch, listMerge(field, meta)) : patch;
  }
  setKey(result, field, orderElements(merged, order, live ?? [], meta.mergeKey));
}
