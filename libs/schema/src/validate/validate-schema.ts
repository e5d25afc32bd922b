import { RE2JS } from 're2js';
import type { StructuralSchema } from '../structural-schema';
import { childPath, fieldOf, type SchemaFieldError } from './field-error';
import { validateListType } from './list-type';
import { hasFormat } from './string-formats';

/**
 * Checks a value against a schema, with the words of kube-openapi's validator as apiextensions-apiserver reports them:
 * spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string".
 * Rules in CEL are not run here.
 */
export function validateSchema(schema: StructuralSchema, value: unknown, path = ''): SchemaFieldError[] {
  const errors: SchemaFieldError[] = [];
  validateValue(schema, value, path, errors);
  return errors;
}

function validateValue(schema: StructuralSchema, value: unknown, path: string, errors: SchemaFieldError[]): void {
  if (value === null && schema.nullable === true) return;
  checkType(schema, value, path, errors);
  if (schema.allOf || schema.anyOf || schema.oneOf || schema.not) checkJunctors(schema, value, path, errors);
  if (typeof value === 'string') checkString(schema, value, path, errors);
  else if (typeof value === 'number') checkNumber(schema, value, path, errors);
  else if (Array.isArray(value)) checkArray(schema, value, path, errors);
  if (schema.enum) checkEnum(schema.enum, value, path, errors);
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    checkObject(schema, value as Record<string, unknown>, path, errors);
  }
}

function invalid(path: string, badValue: unknown, rule: string): SchemaFieldError {
  return { type: 'FieldValueInvalid', field: fieldOf(path), badValue, detail: `${path} in body ${rule}` };
}

function typeInvalid(path: string, type: string, bad: string): SchemaFieldError {
  const detail = `${path} in body must be of type ${type}: ${JSON.stringify(bad)}`;
  return { type: 'FieldValueTypeInvalid', field: fieldOf(path), badValue: bad, detail };
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function checkType(schema: StructuralSchema, value: unknown, path: string, errors: SchemaFieldError[]): void {
  const wanted = schema.intOrString === true ? 'integer,string' : schema.type;
  if (wanted === undefined) return;
  const actual = typeOf(value);
  if (actual === wanted || (wanted === 'number' && actual === 'integer')) return;
  if (schema.intOrString === true && (actual === 'integer' || actual === 'string')) return;
  errors.push(typeInvalid(path, wanted, actual));
}

function checkString(schema: StructuralSchema, value: string, path: string, errors: SchemaFieldError[]): void {
  const length = schema.maxLength === undefined && schema.minLength === undefined ? 0 : [...value].length;
  if (schema.maxLength !== undefined && length > schema.maxLength) {
    const detail = `may not be more than ${schema.maxLength} bytes`;
    errors.push({ type: 'FieldValueTooLong', field: fieldOf(path), badValue: value, detail });
  }
  if (schema.minLength !== undefined && length < schema.minLength) {
    errors.push(invalid(path, value, `should be at least ${schema.minLength} chars long`));
  }
  if (schema.pattern !== undefined && !matches(schema.pattern, value)) {
    errors.push(invalid(path, value, `should match '${schema.pattern}'`));
  }
  if (schema.format !== undefined && schema.intOrString !== true && !hasFormat(schema.format, value)) {
    errors.push(typeInvalid(path, schema.format, value));
  }
}

const patterns = new Map<string, RE2JS>();

/** Kubernetes' patterns are RE2: linear time, so a client's pattern cannot stall the server. */
function matches(pattern: string, text: string): boolean {
  let compiled = patterns.get(pattern);
  if (!compiled) {
    compiled = RE2JS.compile(pattern);
    patterns.set(pattern, compiled);
  }
  return compiled.matcher(text).find();
}

function checkNumber(schema: StructuralSchema, value: number, path: string, errors: SchemaFieldError[]): void {
  const { minimum, maximum, multipleOf } = schema;
  if (multipleOf !== undefined && multipleOf > 0 && !Number.isInteger(value / multipleOf)) {
    errors.push(invalid(path, value, `should be a multiple of ${multipleOf}`));
  }
  if (maximum !== undefined && (schema.exclusiveMaximum === true ? value >= maximum : value > maximum)) {
    errors.push(
      invalid(path, value, `should be less than ${schema.exclusiveMaximum === true ? '' : 'or equal to '}${maximum}`),
    );
  }
  if (minimum !== undefined && (schema.exclusiveMinimum === true ? value <= minimum : value < minimum)) {
    errors.push(
      invalid(
        path,
        value,
        `should be greater than ${schema.exclusiveMinimum === true ? '' : 'or equal to '}${minimum}`,
      ),
    );
  }
  const limit = schema.type === 'integer' && schema.format === 'int32' ? 2 ** 31 : undefined;
  if (limit !== undefined && (value >= limit || value < -limit)) errors.push(typeInvalid(path, 'int32', String(value)));
}

function checkEnum(allowed: readonly unknown[], value: unknown, path: string, errors: SchemaFieldError[]): void {
  const text = JSON.stringify(value);
  if (allowed.some((one) => one === value || JSON.stringify(one) === text)) return;
  const names = allowed.map((one) => JSON.stringify(typeof one === 'string' ? one : JSON.stringify(one)));
  const detail = `supported values: ${names.join(', ')}`;
  errors.push({ type: 'FieldValueNotSupported', field: fieldOf(path), badValue: value, detail });
}

function tooMany(path: string, actual: number, maximum: number): SchemaFieldError {
  const detail = `must have at most ${maximum} ${maximum === 1 ? 'item' : 'items'}`;
  return { type: 'FieldValueTooMany', field: fieldOf(path), badValue: actual, detail };
}

function checkArray(
  schema: StructuralSchema,
  value: readonly unknown[],
  path: string,
  errors: SchemaFieldError[],
): void {
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    errors.push(invalid(path, value.length, `should have at least ${schema.minItems} items`));
  }
  if (schema.maxItems !== undefined && value.length > schema.maxItems) {
    errors.push(tooMany(path, value.length, schema.maxItems));
  }
  if (schema.uniqueItems === true && new Set(value.map((item) => JSON.stringify(item))).size < value.length) {
    errors.push(invalid(path, undefined, "shouldn't contain duplicates"));
  }
  const items = schema.items;
  if (items) value.forEach((item, i) => validateValue(items, item, `${path}[${i}]`, errors));
  if (schema.listType !== undefined) errors.push(...validateListType(schema, value, path));
}

function checkObject(
  schema: StructuralSchema,
  value: Readonly<Record<string, unknown>>,
  path: string,
  errors: SchemaFieldError[],
): void {
  const count = Object.keys(value).length;
  if (schema.minProperties !== undefined && count < schema.minProperties) {
    errors.push(invalid(path, count, `should have at least ${schema.minProperties} properties`));
  }
  if (schema.maxProperties !== undefined && count > schema.maxProperties) {
    errors.push(tooMany(path, count, schema.maxProperties));
  }
  for (const [key, held] of Object.entries(value)) {
    const property =
      schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : schema.additionalProperties;
    if (property) validateValue(property, held, childPath(path, key), errors);
  }
  for (const key of schema.required ?? []) {
    if (value[key] !== undefined) continue;
    errors.push({ type: 'FieldValueRequired', field: childPath(path, key), badValue: '', detail: '' });
  }
}

function checkJunctors(schema: StructuralSchema, value: unknown, path: string, errors: SchemaFieldError[]): void {
  const name = JSON.stringify(path);
  const fail = (text: string) => {
    errors.push({ type: 'FieldValueInvalid', field: fieldOf(path), badValue: '', detail: `${name} ${text}` });
  };
  if (schema.anyOf && schema.anyOf.length > 0) {
    const results = schema.anyOf.map((one) => validateSchema(one, value, path));
    if (results.every((failed) => failed.length > 0)) {
      fail('must validate at least one schema (anyOf)');
      errors.push(...fewest(results));
    }
  }
  if (schema.oneOf && schema.oneOf.length > 0) {
    const results = schema.oneOf.map((one) => validateSchema(one, value, path));
    const valid = results.filter((failed) => failed.length === 0).length;
    if (valid === 0) {
      fail('must validate one and only one schema (oneOf). Found none valid');
      errors.push(...fewest(results));
    } else if (valid > 1) {
      fail(`must validate one and only one schema (oneOf). Found ${valid} valid alternatives`);
    }
  }
  const all = (schema.allOf ?? []).map((one) => validateSchema(one, value, path));
  if (all.some((failed) => failed.length > 0)) {
    errors.push(...all.flat());
    const none = all.every((failed) => failed.length > 0);
    fail(`must validate all the schemas (allOf)${none ? '. None validated' : ''}`);
  }
  if (schema.not && validateSchema(schema.not, value, path).length === 0) fail('must not validate the schema (not)');
}

/** The alternative that came closest tells the user most. */
function fewest(results: readonly SchemaFieldError[][]): SchemaFieldError[] {
  return results.reduce((best, one) => (one.length < best.length ? one : best));
}
