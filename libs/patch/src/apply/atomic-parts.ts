import type { StructuralSchema } from '@nestor/schema';
import { isObject } from '../json/json-value';
import { childSchema, shapeOf } from './shape';

/**
 * Where a value holds lists and maps that merging would replace whole: who changes some fields of one does not mean to
 * drop the others.
 */
export function atomicParts(schema: StructuralSchema | undefined, value: unknown, path = ''): string[] {
  if (value === null || typeof value !== 'object') return [];
  if (shapeOf(schema, value) === 'atomic') return [path];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => atomicParts(schema?.items, item, `${path}[${index}]`));
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    atomicParts(childSchema(schema, name), inner, `${path}.${name}`),
  );
}
