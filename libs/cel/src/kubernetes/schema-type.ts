import type { StructuralSchema } from '@nestor/schema';
import { BOOL, BYTES, CelType, DOUBLE, DURATION, DYN, FieldType, INT, STRING, TIMESTAMP } from '../types/cel-type';
import { escapeProperty } from './escape';

/** What a request may hold at most, by which Kubernetes bounds what a schema does not. */
export const MAX_REQUEST_BYTES = 3 * 1024 * 1024;
const MAX_DURATION_TEXT = 32;
const DATE_TEXT = 10 + 2;
const MAX_TIMESTAMP_TEXT = 35 + 2;

/** A type, and the least bytes that a value of it takes in JSON: what bounds the length of lists without maxItems. */
export interface SchemaType {
  readonly type: CelType;
  readonly minBytes: number;
}

/**
 * The type that expressions see of a schema (Kubernetes' SchemaDeclType), or undefined where they may not see it: free-form
 * values have none. Comparing what is of fixed size costs nothing, as there. Objects are named after the path they stand at, below the given name.
 */
export function schemaType(schema: StructuralSchema, name: string, isResourceRoot = false): CelType | undefined {
  return describeSchema(schema, name, isResourceRoot)?.type;
}

export function describeSchema(
  schema: StructuralSchema,
  name: string,
  isResourceRoot: boolean,
): SchemaType | undefined {
  if (schema.intOrString === true) return { type: { ...DYN, maxElements: textBound(schema) }, minBytes: 1 };
  switch (schema.type) {
    case 'array':
      return listType(schema, name);
    case 'object':
      return objectOrMap(isResourceRoot ? withTypeMeta(schema) : schema, name);
    case 'string':
      return stringType(schema);
    case 'boolean':
      return { type: { ...BOOL, maxElements: 0 }, minBytes: 4 };
    case 'number':
      return { type: { ...DOUBLE, maxElements: 0 }, minBytes: 1 };
    case 'integer':
      return { type: { ...INT, maxElements: 0 }, minBytes: 1 };
    case undefined:
      return undefined;
  }
}

/** maxLength counts code points, sizes are bytes. */
const textBound = ({ maxLength }: StructuralSchema): number =>
  maxLength === undefined ? MAX_REQUEST_BYTES - 2 : Math.max(0, maxLength) * 4;

function stringType(schema: StructuralSchema): SchemaType {
  switch (schema.format) {
    case 'byte':
      return { type: { ...BYTES, maxElements: Math.max(0, schema.maxLength ?? MAX_REQUEST_BYTES - 2) }, minBytes: 2 };
    case 'duration':
      return { type: { ...DURATION, maxElements: MAX_DURATION_TEXT }, minBytes: 3 };
    case 'date':
      return { type: { ...TIMESTAMP, maxElements: DATE_TEXT }, minBytes: DATE_TEXT };
    case 'date-time':
      return { type: { ...TIMESTAMP, maxElements: MAX_TIMESTAMP_TEXT }, minBytes: 22 };
    default:
      return { type: { ...STRING, maxElements: plainTextBound(schema) }, minBytes: 2 };
  }
}

function plainTextBound(schema: StructuralSchema): number {
  if (schema.maxLength === undefined && schema.enum?.length) {
    return Math.max(0, ...schema.enum.map((one) => (typeof one === 'string' ? Buffer.byteLength(one) : 0)));
  }
  return textBound(schema);
}

function listType(schema: StructuralSchema, name: string): SchemaType | undefined {
  const element = schema.items && describeSchema(schema.items, `${name}.@idx`, schema.items.embeddedResource === true);
  if (!element) return undefined;
  const maxElements = Math.max(0, schema.maxItems ?? Math.floor((MAX_REQUEST_BYTES - 2) / (element.minBytes + 1)));
  const { listType: kind } = schema;
  const type: CelType = {
    kind: 'list',
    params: [element.type],
    maxElements,
    ...(kind === 'set' || kind === 'map' ? { listType: kind, listMapKeys: schema.listMapKeys ?? [] } : {}),
  };
  return { type, minBytes: 2 };
}

function objectOrMap(schema: StructuralSchema, name: string): SchemaType | undefined {
  const { additionalProperties: values } = schema;
  if (!values) return objectOf(schema, name);
  const value = describeSchema(values, `${name}.@elem`, values.embeddedResource === true);
  if (!value) return undefined;
  const maxElements = Math.max(0, schema.maxProperties ?? Math.floor((MAX_REQUEST_BYTES - 2) / (value.minBytes + 6)));
  return {
    type: { kind: 'map', params: [{ ...STRING, maxElements: MAX_REQUEST_BYTES }, value.type], maxElements },
    minBytes: 2,
  };
}

/** Fields are described when they are asked for, since a schema may hold itself; those that must be sent, at once. */
function objectOf(schema: StructuralSchema, name: string): SchemaType {
  const { properties = {}, required = [] } = schema;
  const described = new Map<string, SchemaType | undefined>();
  const describe = (property: string): SchemaType | undefined => {
    const inner = properties[property];
    if (inner && !described.has(property)) {
      described.set(property, describeSchema(inner, `${name}.${property}`, inner.embeddedResource === true));
    }
    return described.get(property);
  };
  const names = new Map<string, string>();
  for (const property of Object.keys(properties)) {
    const escaped = escapeProperty(property);
    if (escaped !== undefined) names.set(escaped, property);
  }
  const fields = new Map<string, FieldType | undefined>();
  const field = (escaped: string): FieldType | undefined => {
    const property = names.get(escaped);
    if (property === undefined) return undefined;
    if (!fields.has(escaped)) {
      const found = describe(property);
      fields.set(escaped, found && { type: found.type, property });
    }
    return fields.get(escaped);
  };
  const type: CelType = {
    kind: 'object',
    name,
    params: [],
    maxElements: 0,
    field,
    fieldNames: () => [...names.keys()].filter((escaped) => field(escaped) !== undefined),
  };
  return { type, minBytes: minBytesOf(schema, required, describe) };
}

/** Braces, and all that is required and not defaulted: its name, its value and what stands around them. */
function minBytesOf(
  { properties = {} }: StructuralSchema,
  required: readonly string[],
  describe: (property: string) => SchemaType | undefined,
): number {
  let bytes = 2;
  for (const property of required) {
    const found = properties[property]?.default === undefined ? describe(property) : undefined;
    if (found) bytes += property.length + found.minBytes + 4;
  }
  return bytes;
}

const text: StructuralSchema = { type: 'string' };

/** Of a custom resource's metadata, name and generateName are all that rules may read; a built-in one says itself what it has. */
function withTypeMeta(schema: StructuralSchema): StructuralSchema {
  const { kind, apiVersion, metadata: own } = schema.properties ?? {};
  const isSaid = [kind, apiVersion, own?.properties?.['name'], own?.properties?.['generateName']];
  if (isSaid.every((one) => one?.type === 'string')) return schema;
  const metadata: StructuralSchema = {
    type: 'object',
    properties: {
      name: { ...text, ...restricted(schema, 'name') },
      generateName: { ...text, ...restricted(schema, 'generateName') },
    },
  };
  return { ...schema, properties: { ...schema.properties, apiVersion: text, kind: text, metadata } };
}

function restricted(schema: StructuralSchema, name: string): StructuralSchema {
  const { maxLength } = schema.properties?.['metadata']?.properties?.[name] ?? {};
  return maxLength === undefined ? {} : { maxLength };
}
