import type { StructuralSchema } from '@nestor/schema';
import { isObject, type JsonObject } from '../json/json-value';
import { sortedSet, type FieldSet } from './field-set';

/** Shapes remembered for one schema; a controller makes objects of a few. */
const mostShapes = 128;
/** A longer signature costs more to make and to keep than it saves. */
const longestSignature = 16 * 1024;

const known = new WeakMap<StructuralSchema, Map<string, FieldSet>>();

/**
 * The sorted set of fields that a new object owns. Objects of one template own the same fields whatever their values,
 * so the set is worked out once for each shape and shared from then on.
 */
export function createdFields(
  schema: StructuralSchema,
  object: Readonly<JsonObject>,
  workOut: () => FieldSet | undefined,
): FieldSet | undefined {
  const signature = signatureOf(object);
  if (signature.length > longestSignature) return sorted(workOut());
  let shapes = known.get(schema);
  if (!shapes) known.set(schema, (shapes = new Map()));
  const found = shapes.get(signature);
  if (found) return found;
  const fields = sorted(workOut());
  if (!fields) return undefined;
  if (shapes.size >= mostShapes) shapes.delete(shapes.keys().next().value!);
  shapes.set(signature, fields);
  return fields;
}

const sorted = (set: FieldSet | undefined): FieldSet | undefined => set && sortedSet(set);

/**
 * Equal for two objects only if they own the same fields: the names of all fields, and what is in a list as it is, for
 * items are named by their values. The lengths keep names with odd characters apart.
 */
function signatureOf(object: Readonly<JsonObject>): string {
  let text = '{';
  for (const name in object) {
    const value = object[name];
    if (value === undefined) continue;
    text += `${name.length}:${name}`;
    if (Array.isArray(value)) text += JSON.stringify(value);
    else if (isObject(value)) text += signatureOf(value);
    else text += value === null ? '-' : '=';
  }
  return text + '}';
}
