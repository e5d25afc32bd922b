import type { StructuralSchema } from '@nestor/schema';
import { itemElement } from './path-element';

/** The items of a set or map list by path element. A list that came from outside apply may hold duplicates. */
export interface IndexedList {
  order: string[];
  items: Map<string, unknown>;
  /** All items of each element that occurs more than once. */
  duplicates: Map<string, unknown[]> | undefined;
}

export function indexList(schema: StructuralSchema, list: unknown): IndexedList {
  const order: string[] = [];
  const items = new Map<string, unknown>();
  let duplicates: Map<string, unknown[]> | undefined;
  if (!Array.isArray(list)) return { order, items, duplicates };
  for (const item of list) {
    const element = itemElement(schema, item);
    order.push(element);
    if (!items.has(element)) {
      items.set(element, item);
      continue;
    }
    duplicates ??= new Map();
    const same = duplicates.get(element);
    if (same) same.push(item);
    else duplicates.set(element, [items.get(element), item]);
  }
  return { order, items, duplicates };
}
