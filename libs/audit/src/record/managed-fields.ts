type Fields = Record<string, unknown>;

/** A copy without managedFields: of an object, of a list's items, of the objects in a Table's rows. */
export function withoutManagedFields(value: unknown): unknown {
  const copy = structuredClone(value);
  strip(copy);
  if (isMap(copy)) {
    for (const item of listOf(copy['items'])) strip(item);
    if (copy['kind'] === 'Table') for (const row of listOf(copy['rows'])) if (isMap(row)) strip(row['object']);
  }
  return copy;
}

function strip(object: unknown): void {
  if (isMap(object) && isMap(object['metadata'])) delete object['metadata']['managedFields'];
}

const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
