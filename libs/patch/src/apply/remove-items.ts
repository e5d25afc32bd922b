import type { StructuralSchema } from '@nestor/schema';
import { isObject, setKey, type JsonObject } from '../json/json-value';
import { hasChild, isEmptySet, type FieldSet } from './field-set';
import { fieldElement, fieldName, itemElement } from './path-element';
import { childSchema, isDeclared, shapeOf } from './shape';

/** The value without the fields, keys and list items in the set. */
export function removeItems(schema: StructuralSchema | undefined, value: unknown, remove: FieldSet): unknown {
  if (isEmptySet(remove)) return value;
  const shape = shapeOf(schema, value);
  if (shape === 'map' && isObject(value)) return removeFields(schema, value, remove);
  if (shape === 'list' && Array.isArray(value)) return removeListItems(schema!, value, remove);
  return value;
}

function removeFields(schema: StructuralSchema | undefined, value: JsonObject, remove: FieldSet): JsonObject {
  const result: JsonObject = {};
  let same = true;
  for (const name of Object.keys(value)) {
    const element = fieldElement(name);
    const below = remove[element];
    if (hasChild(remove, element)) {
      same = false;
      continue;
    }
    const kept = below ? removeItems(childSchema(schema, name), value[name], below) : value[name];
    if (kept !== value[name]) same = false;
    setKey(result, name, kept);
  }
  return same ? value : result;
}

function removeListItems(schema: StructuralSchema, list: unknown[], remove: FieldSet): unknown[] {
  const result: unknown[] = [];
  for (const item of list) {
    const element = itemElement(schema, item);
    if (hasChild(remove, element)) continue;
    const below = remove[element];
    result.push(below ? removeItems(schema.items, item, below) : item);
  }
  return result.length === list.length && result.every((item, index) => item === list[index]) ? list : result;
}

/**
 * Adds the declared fields on the way to each path: who owned everything below spec.strategy may remove
 * spec.strategy, too. Keys of maps are not added (Set.EnsureNamedFieldsAreMembers).
 */
export function withNamedFields(schema: StructuralSchema | undefined, set: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const element of Object.keys(set)) {
    const node = set[element]!;
    if (element === '.' || isEmptySet(node)) {
      result[element] = node;
      continue;
    }
    const name = fieldName(element);
    const child = name === undefined ? schema?.items : childSchema(schema, name);
    const inner = withNamedFields(child, node);
    result[element] = name !== undefined && isDeclared(schema, name) ? { '.': {}, ...inner } : inner;
  }
  return result;
}
