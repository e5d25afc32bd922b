import type { StructuralSchema } from '@nestor/schema';
import { getKey, isObject, type JsonObject } from '../json/json-value';

/** One step of a path as FieldsV1 writes it: f:name, k:{"key":"value"}, v:"value", i:0. */
export const fieldElement = (name: string): string => `f:${name}`;
export const fieldName = (element: string): string | undefined =>
  element.startsWith('f:') ? element.slice(2) : undefined;

/** Path element of a list item; the Error's message when the item has none. */
export function itemElement(schema: StructuralSchema, item: unknown): string {
  if (schema.listType === 'set') {
    if (item === null) throw new Error('invalid set item: null');
    return `v:${JSON.stringify(item)}`;
  }
  if (!isObject(item)) throw new Error('associative list with keys may not have non-map elements');
  const key: JsonObject = {};
  for (const name of sortedKeys(schema)) {
    const value = getKey(item, name) ?? schema.items?.properties?.[name]?.default;
    if (value === undefined || value === null) {
      throw new Error(
        `associative list with keys has an element that omits key field ${JSON.stringify(name)} (and doesn't have default value)`,
      );
    }
    key[name] = value;
  }
  return `k:${JSON.stringify(key)}`;
}

const sorted = new WeakMap<readonly string[], readonly string[]>();
/** listMapKeys are few and fixed per schema; sorting them for every item would not be. */
function sortedKeys(schema: StructuralSchema): readonly string[] {
  const keys = schema.listMapKeys ?? [];
  let result = sorted.get(keys);
  if (!result) sorted.set(keys, (result = [...keys].sort()));
  return result;
}

/** The form of messages: .spec.containers[name="nginx"].image */
export function formatPath(path: readonly string[]): string {
  return path.map(formatElement).join('');
}

function formatElement(element: string): string {
  const body = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${body}`;
    case 'k': {
      const pairs = Object.entries(JSON.parse(body) as JsonObject);
      return `[${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
    }
    case 'v':
      return `[=${body}]`;
    default:
      return `[${body}]`;
  }
}
