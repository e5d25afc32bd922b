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

type Properties = Readonly<Record<string, StructuralSchema>>;

/** The properties with a default, by record of properties: most have none, and walking all of them is the cost. */
const defaulted = new WeakMap<Properties, readonly (readonly [string, unknown])[]>();

function defaultsOf(properties: Properties): readonly (readonly [string, unknown])[] {
  let known = defaulted.get(properties);
  if (!known) {
    known = Object.entries(properties).flatMap(([name, property]) =>
      property.default === undefined ? [] : [[name, property.default] as const],
    );
    defaulted.set(properties, known);
  }
  return known;
}

function defaultProperties(properties: Properties, object: Record<string, unknown>): void {
  for (const name of Object.keys(object)) {
    if (object[name] === null && properties[name] && properties[name].nullable !== true) delete object[name];
  }
  for (const [name, initial] of defaultsOf(properties)) {
    if (object[name] === undefined) object[name] = copyOf(initial);
  }
  for (const name of Object.keys(object)) {
    const held = object[name];
    const property = typeof held === 'object' && held !== null ? properties[name] : undefined;
    if (property) applyDefaults(property, held);
  }
}

function defaultValues(
  values: StructuralSchema,
  properties: Properties | undefined,
  object: Record<string, unknown>,
): void {
  for (const name of Object.keys(object)) {
    if (properties && name in properties) continue;
    if (object[name] === null && values.nullable !== true) {
      if (values.default === undefined) delete object[name];
      else object[name] = copyOf(values.default);
    }
    applyDefaults(values, object[name]);
  }
}

/** structuredClone costs microseconds even for a number, and most defaults are scalars. */
function copyOf(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(copyOf);
  const copy: Record<string, unknown> = {};
  for (const key in value) copy[key] = copyOf((value as Record<string, unknown>)[key]);
  return copy;
}
