import type { StructuralSchema } from '../structural-schema';
import { conversionText } from './conversion-text';
import { goTypeName, goValueName } from './go-type';
import { scalarTextError } from './scalar-text';

export interface Decoded {
  /** The first value that does not fit, in the words of Go's decoder; the object must then be refused. */
  typeError?: string;
  /** The same in the words of the converter that a strategic merge patch goes through. */
  conversionError?: string;
  /** Paths of fields the schema does not have, in document order: spec.template.spec.containers[0].foo. They are gone from the object. */
  unknownFields: string[];
}

interface State extends Decoded {
  path: (string | number)[];
  /** Struct fields only: Go's errors leave out indices and map keys. */
  fields: string[];
  struct: string;
}

/** The strict decoder of Kubernetes stops collecting here. */
const MAX_UNKNOWN = 100;

/**
 * Makes of parsed JSON what kube-apiserver's decoder makes of it for a built-in kind: null is absence, names are
 * case-sensitive, unknown fields are dropped and told. Works in place, because the object is fresh from the parser.
 */
export function decodeStrict(schema: StructuralSchema, value: Record<string, unknown>): Decoded {
  const state: State = { unknownFields: [], path: [], fields: [], struct: '' };
  decodeStruct(state, schema, schema.properties ?? {}, value);
  const { typeError, conversionError, unknownFields } = state;
  return typeError === undefined ? { unknownFields } : { typeError, conversionError, unknownFields };
}

function decodeStruct(
  state: State,
  schema: StructuralSchema,
  properties: Readonly<Record<string, StructuralSchema>>,
  value: Record<string, unknown>,
): void {
  const outer = state.struct;
  if (schema.ref !== undefined) state.struct = schema.ref;
  for (const key in value) {
    // Not what Object.prototype has: a key may be called __proto__ or constructor.
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    const held = value[key];
    if (property === undefined) {
      unknown(state, key);
      delete value[key];
    } else if (held === null) {
      delete value[key];
    } else {
      state.path.push(key);
      state.fields.push(key);
      const decoded = decodeValue(state, property, held);
      if (decoded !== held) value[key] = decoded;
      state.path.pop();
      state.fields.pop();
    }
  }
  state.struct = outer;
}

function decodeValue(state: State, schema: StructuralSchema, value: unknown): unknown {
  if (schema.preserveUnknownFields === true) return value;
  if (schema.intOrString === true) return decodeIntOrString(state, schema, value);
  switch (schema.type) {
    case 'object':
      return decodeObject(state, schema, value);
    case 'array':
      return decodeArray(state, schema, value);
    case 'string':
      return decodeString(state, schema, value);
    case 'integer':
    case 'number':
      return decodeNumber(state, schema, value);
    case 'boolean':
      return typeof value === 'boolean' ? value : mismatch(state, schema, value);
    default:
      return value;
  }
}

function decodeObject(state: State, schema: StructuralSchema, value: unknown): unknown {
  if (typeof value !== 'object' || Array.isArray(value)) return mismatch(state, schema, value);
  const object = value as Record<string, unknown>;
  if (schema.properties) decodeStruct(state, schema, schema.properties, object);
  else if (schema.additionalProperties) decodeMap(state, schema.additionalProperties, object);
  return object;
}

function decodeMap(state: State, values: StructuralSchema, map: Record<string, unknown>): void {
  for (const key in map) {
    state.path.push(key);
    const held = map[key];
    const decoded = held === null ? zeroOf(values) : decodeValue(state, values, held);
    if (decoded !== held) map[key] = decoded;
    state.path.pop();
  }
}

function decodeArray(state: State, schema: StructuralSchema, value: unknown): unknown {
  if (!Array.isArray(value)) return mismatch(state, schema, value);
  const items = schema.items;
  if (!items) return value;
  for (let i = 0; i < value.length; i++) {
    state.path.push(i);
    const held: unknown = value[i];
    const decoded = held === null ? zeroOf(items) : decodeValue(state, items, held);
    if (decoded !== held) value[i] = decoded;
    state.path.pop();
  }
  return value;
}

function decodeString(state: State, schema: StructuralSchema, value: unknown): unknown {
  // A quantity may be written as a number and is kept as text.
  if (schema.format === 'quantity' && typeof value === 'number') return String(value);
  if (typeof value !== 'string') return mismatch(state, schema, value);
  const error = schema.format === undefined ? undefined : scalarTextError(schema.format, value);
  if (error !== undefined && state.typeError === undefined) state.typeError = state.conversionError = error;
  return value;
}

function decodeNumber(state: State, schema: StructuralSchema, value: unknown): unknown {
  if (typeof value !== 'number') return mismatch(state, schema, value);
  if (schema.type === 'integer' && !fits(value, schema.format))
    return mismatch(state, schema, value, `number ${value}`);
  return value;
}

function decodeIntOrString(state: State, schema: StructuralSchema, value: unknown): unknown {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') return mismatch(state, schema, value);
  return fits(value, 'int32') ? value : mismatch(state, schema, value, `number ${value}`);
}

function fits(value: number, format: string | undefined): boolean {
  if (!Number.isInteger(value)) return false;
  return format === 'int32' ? value === (value | 0) : Math.abs(value) <= 2 ** 63;
}

/** What Go leaves where a list or map element is null. */
function zeroOf(schema: StructuralSchema): unknown {
  if (schema.type === 'object') return {};
  if (schema.type === 'string') return schema.format === 'quantity' ? '0' : '';
  if (schema.type === 'integer' || schema.type === 'number' || schema.intOrString === true) return 0;
  return schema.type === 'boolean' ? false : null;
}

function mismatch(state: State, schema: StructuralSchema, value: unknown, name = goValueName(value)): unknown {
  if (state.typeError !== undefined) return value;
  const struct = state.struct.slice(state.struct.lastIndexOf('.') + 1);
  state.conversionError = conversionText(schema, value);
  state.typeError = `json: cannot unmarshal ${name} into Go struct field ${struct}.${state.fields.join('.')} of type ${goTypeName(schema)}`;
  return value;
}

function unknown(state: State, key: string): void {
  if (state.unknownFields.length < MAX_UNKNOWN) state.unknownFields.push(pathText([...state.path, key]));
}

function pathText(path: readonly (string | number)[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}
