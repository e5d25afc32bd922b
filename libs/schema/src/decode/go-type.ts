import type { StructuralSchema } from '../structural-schema';

/** The Go type a built-in schema stands for, as reflect prints it: v1.PodSpec, []v1.Container, map[string]string, int32. */
export function goTypeName(schema: StructuralSchema): string {
  if (schema.goType !== undefined) return schema.goType;
  if (schema.intOrString === true) return 'int32';
  if (schema.type === 'array') return `[]${schema.items ? goTypeName(schema.items) : 'interface {}'}`;
  if (schema.type === 'object' && schema.ref !== undefined) return schema.ref.split('.').slice(-2).join('.');
  if (schema.additionalProperties) return `map[string]${goTypeName(schema.additionalProperties)}`;
  return scalarName(schema);
}

function scalarName({ type, format }: StructuralSchema): string {
  if (type === 'integer') return format ?? 'int64';
  if (type === 'number') return 'float64';
  if (type === 'boolean') return 'bool';
  if (type === 'string') return format === 'byte' ? '[]uint8' : 'string';
  return 'map[string]interface {}';
}

/** What encoding/json calls the JSON value at hand. */
export function goValueName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
