import type { StructuralSchema } from '@nestor/schema';
import { isObject } from '../json/json-value';

/** How apply sees a value: what is owned as one, and what is owned part by part. */
export type Shape = 'scalar' | 'atomic' | 'list' | 'map';

/** Where the schema says nothing (or any), the value decides: maps are granular, lists atomic. */
function deducedShape(value: unknown): Shape {
  if (Array.isArray(value)) return 'atomic';
  return isObject(value) ? 'map' : 'scalar';
}

export function shapeOf(schema: StructuralSchema | undefined, value: unknown): Shape {
  if (!schema) return deducedShape(value);
  switch (schema.type) {
    case 'array':
      return schema.listType === 'set' || schema.listType === 'map' ? 'list' : 'atomic';
    case 'object':
      return schema.mapType === 'atomic' ? 'atomic' : 'map';
    case undefined:
      // A free-form value (apiextensions JSON, x-kubernetes-preserve-unknown-fields without a type).
      return schema.intOrString ? 'scalar' : deducedShape(value);
    default:
      return 'scalar';
  }
}

/** Schema of a named child; undefined where the value is free-form. */
export function childSchema(schema: StructuralSchema | undefined, name: string): StructuralSchema | undefined {
  if (!schema) return undefined;
  if (schema.properties && Object.hasOwn(schema.properties, name)) return schema.properties[name];
  return schema.additionalProperties;
}

/** A field the type declares, as against a key of a map. Maps own their keys one by one. */
export function isDeclared(schema: StructuralSchema | undefined, name: string): boolean {
  return schema?.properties !== undefined && Object.hasOwn(schema.properties, name);
}

/** A missing, null or empty list or map: told apart from each other as leaves, not by their content. */
export function isVoid(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value !== 'object') return false;
  for (const _ in value) return false;
  return true;
}
