import type { StructuralSchema } from '@nestor/schema';
import { getKey, isObject, type JsonObject } from '../json/json-value';
import { indexList } from './list-items';
import { fieldElement, formatPath } from './path-element';
import { childSchema, isDeclared } from './shape';

/** What makes a value unfit for a typed merge: unknown fields, wrong types, list items without or with doubled keys. */
export function typedErrors(schema: StructuralSchema | undefined, value: unknown): string[] {
  const walk: Walk = { path: [], errors: [] };
  check(walk, schema, value);
  return walk.errors;
}

/** "errors:\n  a\n  b" as typed.ValidationErrors prints more than one. */
export function joinTypedErrors(errors: readonly string[]): string {
  return errors.length === 1 ? errors[0]! : ['errors:', ...errors.map((error) => `  ${error}`)].join('\n');
}

interface Walk {
  path: string[];
  errors: string[];
}

function fail(walk: Walk, message: string): void {
  const path = formatPath(walk.path);
  walk.errors.push(path ? `${path}: ${message}` : message);
}

const goType = (value: unknown): string => {
  if (Array.isArray(value)) return 'list';
  if (isObject(value)) return 'map';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return typeof value;
};

function check(walk: Walk, schema: StructuralSchema | undefined, value: unknown): void {
  if (!schema || schema.type === undefined || value === null) return;
  const expect = (expected: string, holds: boolean) => {
    if (!holds) fail(walk, `expected ${expected}, got ${goType(value)}`);
    return holds;
  };
  switch (schema.type) {
    case 'object':
      if (expect('map', isObject(value))) checkFields(walk, schema, value as JsonObject);
      return;
    case 'array':
      if (expect('list', Array.isArray(value))) checkItems(walk, schema, value as unknown[]);
      return;
    case 'string':
      // Quantities and the like may be written as numbers.
      expect(
        'string',
        typeof value === 'string' ||
          (typeof value === 'number' && schema.format !== undefined) ||
          isQuantity(schema, value),
      );
      return;
    case 'boolean':
      expect('boolean', typeof value === 'boolean');
      return;
    default:
      expect('numeric (int or float)', typeof value === 'number');
  }
}

function isQuantity(schema: StructuralSchema, value: unknown): boolean {
  return (
    typeof value === 'number' && (schema.intOrString === true || schema.ref?.endsWith('resource.Quantity') === true)
  );
}

function checkFields(walk: Walk, schema: StructuralSchema, value: JsonObject): void {
  const freeForm = schema.preserveUnknownFields || (!schema.properties && !schema.additionalProperties);
  for (const name of Object.keys(value)) {
    walk.path.push(fieldElement(name));
    const child = childSchema(schema, name);
    if (!child && !freeForm && !isDeclared(schema, name)) fail(walk, 'field not declared in schema');
    else check(walk, child, getKey(value, name));
    walk.path.pop();
  }
}

function checkItems(walk: Walk, schema: StructuralSchema, list: unknown[]): void {
  if (schema.listType !== 'set' && schema.listType !== 'map') {
    list.forEach((item, index) => {
      walk.path.push(`i:${index}`);
      check(walk, schema.items, item);
      walk.path.pop();
    });
    return;
  }
  let indexed;
  try {
    indexed = indexList(schema, list);
  } catch (error) {
    return fail(walk, `element 0: ${(error as Error).message}`);
  }
  for (const [element, item] of indexed.items) {
    if (indexed.duplicates?.has(element)) {
      fail(walk, `duplicate entries for key ${formatPath([element])}`);
      continue;
    }
    walk.path.push(element);
    check(walk, schema.items, item);
    walk.path.pop();
  }
}
