import type { StructuralSchema } from '../structural-schema';
import { fieldOf, type SchemaFieldError } from './field-error';

/** Sets hold each item once, maps each key once (ValidateListSetsAndMaps). */
export function validateListType(schema: StructuralSchema, list: readonly unknown[], path: string): SchemaFieldError[] {
  if (schema.listType === 'atomic') return [];
  const keys = schema.listMapKeys ?? [];
  const identity = schema.listType === 'set' ? (item: unknown) => item : (item: unknown) => keysOf(item, keys, schema);
  const seen = new Set<string>();
  const errors: SchemaFieldError[] = [];
  list.forEach((item, i) => {
    const id = identity(item);
    const text = JSON.stringify(id);
    if (seen.has(text)) {
      errors.push({ type: 'FieldValueDuplicate', field: fieldOf(`${path}[${i}]`), badValue: id, detail: '' });
    }
    seen.add(text);
  });
  return errors;
}

function keysOf(item: unknown, keys: readonly string[], schema: StructuralSchema): unknown {
  if (item === null || typeof item !== 'object') return item;
  const object = item as Record<string, unknown>;
  const named: Record<string, unknown> = {};
  for (const key of [...keys].sort()) {
    const held = object[key] ?? schema.items?.properties?.[key]?.default;
    if (held !== undefined) named[key] = held;
  }
  return named;
}
