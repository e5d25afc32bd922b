import { RE2JS } from 're2js';
import type { SchemaFieldError } from '../validate/field-error';
import type { JsonSchemaProps } from './json-schema-props';

type Level = 'root' | 'item' | 'field';

const EMPTY_TYPE: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

const required = (field: string, detail: string): SchemaFieldError => ({ type: 'FieldValueRequired', field, detail });
const forbidden = (field: string, detail: string): SchemaFieldError => ({ type: 'FieldValueForbidden', field, detail });
const invalid = (field: string, badValue: unknown, detail: string): SchemaFieldError => ({
  type: 'FieldValueInvalid',
  field,
  badValue,
  detail,
});

/**
 * The rules that make a CRD's schema structural, with the words of apiextensions' ValidateStructural. The path is that of
 * the schema: spec.versions[0].schema.openAPIV3Schema (or spec.validation.openAPIV3Schema, which Kubernetes prints where all versions share one).
 */
export function validateStructural(schema: JsonSchemaProps, path: string): SchemaFieldError[] {
  const errors: SchemaFieldError[] = [];
  checkInvariants(schema, 'root', path, errors);
  checkCompleteness(schema, schema, path, errors);
  const key = (error: SchemaFieldError) => `${error.field}: ${error.type} ${error.detail}`;
  return errors.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function checkInvariants(schema: JsonSchemaProps, level: Level, path: string, errors: SchemaFieldError[]): void {
  checkChildren(schema, level, path, errors);
  checkExtensions(schema, path, errors);
  checkValueRules(schema, path, errors);
  checkOwnType(schema, level, path, errors);
  if (level === 'root' || schema['x-kubernetes-embedded-resource'] === true) checkTypeMeta(schema, level, path, errors);
}

function checkChildren(schema: JsonSchemaProps, level: Level, path: string, errors: SchemaFieldError[]): void {
  if (schema.type === 'array' && !schema.items) errors.push(required(`${path}.items`, 'must be specified'));
  if (Array.isArray(schema.items)) {
    errors.push(forbidden(`${path}.items`, 'items must be a schema object and not an array'));
  } else if (schema.items) checkInvariants(schema.items as JsonSchemaProps, 'item', `${path}.items`, errors);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    checkInvariants(property, 'field', `${path}.properties[${name}]`, errors);
  }
  const values = schema.additionalProperties;
  if (values === undefined) return;
  const at = `${path}.additionalProperties`;
  if (level === 'root') errors.push(forbidden(at, 'must not be used at the root'));
  if (values === false) errors.push(forbidden(at, 'additionalProperties cannot be set to false'));
  if (schema.properties) errors.push(forbidden(at, 'additionalProperties and properties are mutual exclusive'));
  if (typeof values === 'object') checkInvariants(values, 'field', at, errors);
}

function checkExtensions(schema: JsonSchemaProps, path: string, errors: SchemaFieldError[]): void {
  const preserve = 'x-kubernetes-preserve-unknown-fields';
  const embedded = 'x-kubernetes-embedded-resource';
  if (schema[preserve] === false) errors.push(invalid(`${path}.${preserve}`, false, 'must be true or undefined'));
  if (schema['x-kubernetes-int-or-string'] === true) {
    const detail = 'must be false if x-kubernetes-int-or-string is true';
    for (const one of [preserve, embedded])
      if (schema[one] === true) errors.push(invalid(`${path}.${one}`, true, detail));
  }
  if (schema['uniqueItems'] === true)
    errors.push(
      forbidden(
        `${path}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  for (const keyword of ['definitions', 'dependencies', 'id', 'patternProperties', '$ref', 'additionalItems']) {
    if (schema[keyword] !== undefined) errors.push(forbidden(`${path}.${keyword}`, `${keyword} is not supported`));
  }
  checkListType(schema, path, errors);
}

function checkListType(schema: JsonSchemaProps, path: string, errors: SchemaFieldError[]): void {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] as readonly string[] | undefined;
  if (listType !== undefined && schema.type !== 'array') {
    if (schema.type === undefined)
      errors.push(required(`${path}.type`, 'must be array if x-kubernetes-list-type is specified'));
    else errors.push(invalid(`${path}.type`, schema.type, 'must be array if x-kubernetes-list-type is specified'));
  }
  if (listType !== undefined && !['atomic', 'set', 'map'].includes(listType as string)) {
    const detail = 'supported values: "atomic", "map", "set"';
    errors.push({
      type: 'FieldValueNotSupported',
      field: `${path}.x-kubernetes-list-type`,
      badValue: listType,
      detail,
    });
  }
  if (keys && keys.length > 0 && listType !== 'map') {
    const at = `${path}.x-kubernetes-list-type`;
    if (listType === undefined) errors.push(required(at, 'must be map if x-kubernetes-list-map-keys is non-empty'));
    else errors.push(invalid(at, listType, 'must be map if x-kubernetes-list-map-keys is non-empty'));
  }
  if (listType !== 'map') return;
  if (!keys || keys.length === 0) {
    errors.push(required(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'));
  }
  const items = schema.items as JsonSchemaProps | undefined;
  keys?.forEach((key, i) => {
    if (items?.properties && key in items.properties) return;
    errors.push(
      invalid(`${path}.x-kubernetes-list-map-keys[${i}]`, key, 'entries must all be names of item properties'),
    );
  });
}

function checkOwnType(schema: JsonSchemaProps, level: Level, path: string, errors: SchemaFieldError[]): void {
  const { type } = schema;
  const at = `${path}.type`;
  if (schema['x-kubernetes-embedded-resource'] === true && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(type === undefined ? required(at, detail) : invalid(at, type, detail));
  } else if (
    (type === undefined || type === '') &&
    schema['x-kubernetes-int-or-string'] !== true &&
    schema['x-kubernetes-preserve-unknown-fields'] !== true
  ) {
    errors.push(required(at, EMPTY_TYPE[level]));
  }
  if (type && !['array', 'boolean', 'integer', 'number', 'object', 'string'].includes(type)) {
    const detail = 'supported values: "array", "boolean", "integer", "number", "object", "string"';
    errors.push({ type: 'FieldValueNotSupported', field: at, badValue: type, detail });
  }
  if (level === 'root' && type && type !== 'object') errors.push(invalid(at, type, 'must be object at the root'));
}

function checkTypeMeta(schema: JsonSchemaProps, level: Level, path: string, errors: SchemaFieldError[]): void {
  for (const name of ['kind', 'apiVersion']) {
    const property = schema.properties?.[name];
    if (property && property.type !== 'string') {
      errors.push(invalid(`${path}.properties[${name}].type`, property.type ?? '', 'must be string'));
    }
  }
  const metadata = schema.properties?.['metadata'];
  if (!metadata) return;
  const at = `${path}.properties[metadata]`;
  if (metadata.type !== 'object') errors.push(invalid(`${at}.type`, metadata.type ?? '', 'must be object'));
  if (level !== 'root') return;
  const { type: _type, properties, ...rest } = metadata;
  const others = Object.keys(properties ?? {}).filter((name) => name !== 'name' && name !== 'generateName');
  if (others.length > 0 || Object.keys(rest).some((key) => key !== 'description' && key !== 'default')) {
    const detail = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.push(forbidden(at, detail));
  }
}

function checkValueRules(schema: JsonSchemaProps, path: string, errors: SchemaFieldError[]): void {
  if (typeof schema['pattern'] === 'string' && schema['pattern'] !== '') {
    try {
      RE2JS.compile(schema['pattern']);
    } catch (error) {
      const detail = `must be a valid regular expression, but isn't: ${(error as Error).message}`;
      errors.push(invalid(`${path}.pattern`, schema['pattern'], detail));
    }
  }
  for (const [at, nested] of nestedSchemas(schema, path)) {
    if (!isIntOrStringChoice(schema, at, path)) checkNested(nested, at, errors);
  }
}

function nestedSchemas(schema: JsonSchemaProps, path: string): [string, JsonSchemaProps][] {
  const nested: [string, JsonSchemaProps][] = [];
  for (const junctor of ['anyOf', 'allOf', 'oneOf'] as const) {
    schema[junctor]?.forEach((one, i) => nested.push([`${path}.${junctor}[${i}]`, one]));
  }
  if (schema.not) nested.push([`${path}.not`, schema.not]);
  return nested;
}

/** anyOf: [integer, string], directly or as the first allOf, is how x-kubernetes-int-or-string is spelled out. */
function isIntOrStringChoice(schema: JsonSchemaProps, at: string, path: string): boolean {
  const isChoice = (choice: readonly JsonSchemaProps[] | undefined) =>
    JSON.stringify(choice) === '[{"type":"integer"},{"type":"string"}]';
  if (at.startsWith(`${path}.anyOf[`)) return isChoice(schema.anyOf);
  return at === `${path}.allOf[0]` && isChoice(schema.allOf?.[0]?.anyOf);
}

const MUST_BE_ABSENT: readonly (readonly [string, string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['externalDocs', 'must be undefined to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

/** Below a junctor only value rules may stand: structure is said once, outside. */
function checkNested(schema: JsonSchemaProps, path: string, errors: SchemaFieldError[]): void {
  for (const [keyword, detail] of MUST_BE_ABSENT) {
    const held = schema[keyword];
    if (held !== undefined && held !== false && held !== '') errors.push(forbidden(`${path}.${keyword}`, detail));
  }
  if (schema.properties && 'metadata' in schema.properties) {
    errors.push(forbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context'));
  }
  checkValueRules(schema, path, errors);
  if (schema.items && !Array.isArray(schema.items))
    checkNested(schema.items as JsonSchemaProps, `${path}.items`, errors);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    checkNested(property, `${path}.properties[${name}]`, errors);
  }
}

/** Every field or item a junctor speaks of must be specified outside of it too. */
function checkCompleteness(
  outer: JsonSchemaProps,
  schema: JsonSchemaProps,
  path: string,
  errors: SchemaFieldError[],
): void {
  for (const [at, nested] of nestedSchemas(schema, path)) checkSpecified(outer, nested, at, path, errors);
  if (outer !== schema) return;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    checkCompleteness(property, property, `${path}.properties[${name}]`, errors);
  }
  if (schema.items && !Array.isArray(schema.items)) {
    const items = schema.items as JsonSchemaProps;
    checkCompleteness(items, items, `${path}.items`, errors);
  }
}

function checkSpecified(
  outer: JsonSchemaProps,
  nested: JsonSchemaProps,
  at: string,
  outerPath: string,
  errors: SchemaFieldError[],
): void {
  for (const [name, property] of Object.entries(nested.properties ?? {})) {
    const specified = outer.properties?.[name];
    const path = `${outerPath}.properties[${name}]`;
    if (specified) checkSpecified(specified, property, `${at}.properties[${name}]`, path, errors);
    else errors.push(required(path, `because it is defined in ${at}.properties[${name}]`));
  }
  if (nested.items && !outer.items) errors.push(required(`${outerPath}.items`, `because it is defined in ${at}.items`));
  for (const [deeper, one] of nestedSchemas(nested, at)) checkSpecified(outer, one, deeper, outerPath, errors);
}
