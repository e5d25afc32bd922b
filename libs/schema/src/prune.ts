import { definitionSchema } from './definitions';
import type { StructuralSchema } from './structural-schema';

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/**
 * Drops what the schema does not name, in place, and returns the paths dropped (spec.foo, spec.list[0].bar).
 * apiVersion, kind and metadata of a resource always stay, whatever a custom schema says of them.
 */
export function prune(schema: StructuralSchema, value: unknown, of: { isResourceRoot?: boolean } = {}): string[] {
  const dropped: string[] = [];
  pruneValue(schema, value, '', of.isResourceRoot === true, dropped);
  return dropped;
}

function pruneValue(schema: StructuralSchema, value: unknown, path: string, isResource: boolean, dropped: string[]) {
  if (value === null || typeof value !== 'object') return;
  if (Array.isArray(value)) {
    if (!schema.items) return;
    const items = schema.items;
    value.forEach((item, i) => pruneValue(items, item, `${path}[${i}]`, items.embeddedResource === true, dropped));
    return;
  }
  pruneObject(schema, value as Record<string, unknown>, path, isResource || schema.embeddedResource === true, dropped);
}

function pruneObject(
  schema: StructuralSchema,
  object: Record<string, unknown>,
  path: string,
  isResource: boolean,
  dropped: string[],
): void {
  for (const key of Object.keys(object)) {
    const at = path === '' ? key : `${path}.${key}`;
    if (isResource && (key === 'apiVersion' || key === 'kind')) continue;
    if (isResource && key === 'metadata') {
      pruneValue(definitionSchema(OBJECT_META), object[key], at, false, dropped);
      continue;
    }
    const property = ownProperty(schema, key);
    if (property) pruneValue(property, object[key], at, false, dropped);
    else if (schema.preserveUnknownFields !== true && schema.intOrString !== true) {
      delete object[key];
      dropped.push(at);
    }
  }
}

function ownProperty(schema: StructuralSchema, key: string): StructuralSchema | undefined {
  if (schema.properties && Object.hasOwn(schema.properties, key)) return schema.properties[key];
  return schema.additionalProperties;
}
