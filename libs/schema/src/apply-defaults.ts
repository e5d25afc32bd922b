import type { StructuralSchema } from './structural-schema';

/**
 * Fills what is absent from the schema's defaults, in place, as structural defaulting does: parents before children, and
 * a null where null is not allowed counts as absent.
 */
export function applyDefaults(schema: StructuralSchema, value: unknown): void {
  if (value === null || typeof value !== 'object') return;
  if (Array.isArray(value)) {
    if (schema.items) for (const item of value) applyDefaults(schema.items, item);
    return;
  }
  const object = value as Record<string, unknown>;
  if (schema.properties) defaultProperties(schema.properties, object);
  if (schema.additionalProperties) defaultValues(schema.additionalProperties, schema.properties, object);
}

function defaultProperties(properties: Readonly<Record<string, StructuralSchema>>, object: Record<string, unknown>) {
  for (const name in properties) {
    const property = properties[name] as StructuralSchema;
    let held = object[name];
    if (held === null && property.nullable !== true) {
      delete object[name];
      held = undefined;
    }
    if (held === undefined) {
      if (property.default === undefined) continue;
      held = structuredClone(property.default);
      object[name] = held;
    }
    if (typeof held === 'object') applyDefaults(property, held);
  }
}

function defaultValues(
  values: StructuralSchema,
  properties: Readonly<Record<string, StructuralSchema>> | undefined,
  object: Record<string, unknown>,
): void {
  for (const name of Object.keys(object)) {
    if (properties && name in properties) continue;
    if (object[name] === null && values.nullable !== true) {
      if (values.default === undefined) delete object[name];
      else object[name] = structuredClone(values.default);
    }
    applyDefaults(values, object[name]);
  }
}
