import type { StructuralSchema } from '../structural-schema';
import { goTypeName, goValueName } from './go-type';

/**
 * What apimachinery's converter from unstructured maps says to a value of the wrong type. It knows no paths, and it is
 * the one a strategic merge patch goes through; bodies and the other patches go through Go's JSON decoder.
 */
export function conversionText(schema: StructuralSchema, value: unknown): string {
  const from = goKind(value);
  if (schema.intOrString === true) return `json: cannot unmarshal ${goValueName(value)} into Go value of type int32`;
  if (schema.type === 'array' || schema.format === 'byte') return `cannot restore slice from ${from}`;
  if (schema.type === 'object') {
    return schema.additionalProperties ? `cannot restore map from ${from}` : `cannot restore struct from: ${from}`;
  }
  // Scalar types of Kubernetes' own (quantities, times) read their JSON form, which is a string.
  if (isOwnScalar(schema)) return `json: cannot unmarshal ${goValueName(value)} into Go value of type string`;
  return isConvertible(schema, from) ? `cannot convert ${from} to ${goTypeName(schema)}` : unrecognized(schema);
}

const isOwnScalar = ({ type, format }: StructuralSchema): boolean => type === 'string' && format !== undefined;

/** Go's language converts any number to a number and an integer to a string; the converter then refuses to. */
function isConvertible({ type }: StructuralSchema, from: string): boolean {
  const isNumber = from === 'int64' || from === 'float64';
  return type === 'integer' || type === 'number' ? isNumber : type === 'string' && from === 'int64';
}

/** Kinds know nothing of the names of types. */
function unrecognized(schema: StructuralSchema): string {
  return `unrecognized type: ${goTypeName({ ...schema, goType: undefined })}`;
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'slice';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'string' : 'map';
}
