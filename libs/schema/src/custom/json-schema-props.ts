import type { StructuralSchema } from '../structural-schema';

/** apiextensions.k8s.io/v1 JSONSchemaProps as it stands in a CustomResourceDefinition. */
export interface JsonSchemaProps {
  type?: string;
  format?: string;
  title?: string;
  description?: string;
  properties?: Readonly<Record<string, JsonSchemaProps>>;
  additionalProperties?: JsonSchemaProps | boolean;
  items?: JsonSchemaProps | readonly JsonSchemaProps[];
  allOf?: readonly JsonSchemaProps[];
  anyOf?: readonly JsonSchemaProps[];
  oneOf?: readonly JsonSchemaProps[];
  not?: JsonSchemaProps;
  'x-kubernetes-validations'?: NonNullable<StructuralSchema['validations']>;
  [rule: string]: unknown;
}

/** Both notations agree on these. */
const SAME = [
  'type',
  'format',
  'description',
  'required',
  'enum',
  'default',
  'nullable',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
] as const;

const EXTENSIONS = {
  intOrString: 'x-kubernetes-int-or-string',
  preserveUnknownFields: 'x-kubernetes-preserve-unknown-fields',
  embeddedResource: 'x-kubernetes-embedded-resource',
  listType: 'x-kubernetes-list-type',
  listMapKeys: 'x-kubernetes-list-map-keys',
  mapType: 'x-kubernetes-map-type',
  validations: 'x-kubernetes-validations',
} as const;

export function fromJsonSchemaProps(props: JsonSchemaProps): StructuralSchema {
  const schema: Record<string, unknown> = {};
  for (const key of SAME) if (props[key] !== undefined && props[key] !== null) schema[key] = props[key];
  for (const [key, extension] of Object.entries(EXTENSIONS)) {
    if (props[extension] !== undefined && props[extension] !== false) schema[key] = props[extension];
  }
  if (props.properties) schema['properties'] = mapRecord(props.properties, fromJsonSchemaProps);
  // true: any value under any name, none of it pruned.
  if (props.additionalProperties === true) schema['additionalProperties'] = { preserveUnknownFields: true };
  else if (props.additionalProperties) schema['additionalProperties'] = fromJsonSchemaProps(props.additionalProperties);
  if (props.items && !Array.isArray(props.items)) schema['items'] = fromJsonSchemaProps(props.items as JsonSchemaProps);
  for (const junctor of ['allOf', 'anyOf', 'oneOf'] as const) {
    if (props[junctor]) schema[junctor] = props[junctor].map(fromJsonSchemaProps);
  }
  if (props.not) schema['not'] = fromJsonSchemaProps(props.not);
  return schema;
}

export function toJsonSchemaProps(schema: StructuralSchema): JsonSchemaProps {
  const props: Record<string, unknown> = {};
  for (const key of SAME) if (schema[key] !== undefined) props[key] = schema[key];
  for (const [key, extension] of Object.entries(EXTENSIONS)) {
    const held = schema[key as keyof typeof EXTENSIONS];
    if (held !== undefined) props[extension] = held;
  }
  if (schema.properties) props['properties'] = mapRecord(schema.properties, toJsonSchemaProps);
  if (schema.additionalProperties) props['additionalProperties'] = toJsonSchemaProps(schema.additionalProperties);
  if (schema.items) props['items'] = toJsonSchemaProps(schema.items);
  for (const junctor of ['allOf', 'anyOf', 'oneOf'] as const) {
    if (schema[junctor]) props[junctor] = schema[junctor].map(toJsonSchemaProps);
  }
  if (schema.not) props['not'] = toJsonSchemaProps(schema.not);
  return props;
}

/** Without a prototype, so that a client's "constructor" is no property. */
function mapRecord<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  const changed = Object.create(null) as Record<string, B>;
  for (const [key, value] of Object.entries(record)) changed[key] = change(value);
  return changed;
}
