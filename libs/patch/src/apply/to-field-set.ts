import type { StructuralSchema } from '@nestor/schema';
import type { JsonObject } from '../json/json-value';
import { FieldSetBuilder, type FieldSet } from './field-set';
import { indexList } from './list-items';
import { fieldElement } from './path-element';
import { childSchema, isDeclared, isVoid, shapeOf } from './shape';

/** Every field a value sets (typed.ToFieldSet): its leaves, the items of its lists, the keys of its maps. */
export function toFieldSet(schema: StructuralSchema | undefined, value: unknown): FieldSet {
  const builder = new FieldSetBuilder();
  collect({ builder, path: [] }, schema, value);
  return builder.set;
}

interface Walk {
  builder: FieldSetBuilder;
  path: string[];
}

function collect(walk: Walk, schema: StructuralSchema | undefined, value: unknown): void {
  const shape = shapeOf(schema, value);
  if (shape === 'scalar' || shape === 'atomic') walk.builder.add(walk.path);
  else if (shape === 'list') collectItems(walk, schema!, value);
  else collectFields(walk, schema, value);
}

function collectItems(walk: Walk, schema: StructuralSchema, value: unknown): void {
  const { items, duplicates } = indexList(schema, value);
  for (const [element, item] of items) {
    walk.path.push(element);
    // Items that share a key are owned together, not field by field.
    if (!duplicates?.has(element)) collect(walk, schema.items, item);
    walk.builder.add(walk.path);
    walk.path.pop();
  }
}

function collectFields(walk: Walk, schema: StructuralSchema | undefined, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, child] of Object.entries(value as JsonObject)) {
    walk.path.push(fieldElement(name));
    collect(walk, childSchema(schema, name), child);
    const emptyMap = isVoid(child) && !Array.isArray(child);
    if (emptyMap || !isDeclared(schema, name)) walk.builder.add(walk.path);
    walk.path.pop();
  }
}
