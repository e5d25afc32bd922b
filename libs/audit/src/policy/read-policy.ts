import { field, fieldErrorMessage, type FieldError } from '@nestor/api';
import { parse } from 'yaml';
import { auditApiVersion } from '../audit-event';
import type { AuditPolicy } from './audit-policy';
import { validatePolicy } from './validate-policy';

const policyFields = ['apiVersion', 'kind', 'metadata', 'rules', 'omitStages', 'omitManagedFields'];
const ruleFields = [
  'level',
  'users',
  'userGroups',
  'verbs',
  'resources',
  'namespaces',
  'nonResourceURLs',
  'omitStages',
  'omitManagedFields',
];
const resourceFields = ['group', 'resources', 'resourceNames'];

/** Reads a policy file's text. Throws an Error that names the file and every field that is wrong. */
export function readAuditPolicy(text: string, source: string): AuditPolicy {
  const refuse = (why: string): Error => new Error(`audit policy ${source}: ${why}`);
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw refuse(`no YAML: ${(cause as Error).message}`);
  }
  if (!isMap(value)) throw refuse('is empty or no object');
  if (value['apiVersion'] !== auditApiVersion || value['kind'] !== 'Policy') {
    throw refuse(`must be of apiVersion ${auditApiVersion} and kind Policy`);
  }
  const shape = shapeErrors(value);
  if (shape.length > 0) throw refuse(shape.map(fieldErrorMessage).join(', '));
  const policy = value as unknown as AuditPolicy;
  if (!policy.rules?.length) throw refuse('loaded illegal policy with 0 rules');
  const errors = validatePolicy(policy);
  if (errors.length > 0) throw refuse(errors.map(fieldErrorMessage).join(', '));
  return policy;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Types and unknown fields: what decoding into Go's structs refuses. */
function shapeErrors(policy: Record<string, unknown>): FieldError[] {
  const errors = [...unknownFields(policy, policyFields, ''), ...listErrors(policy, ['omitStages'], '')];
  if (policy['rules'] === undefined || policy['rules'] === null) return errors;
  if (!Array.isArray(policy['rules'])) return [...errors, field.invalid('rules', policy['rules'], 'must be a list')];
  for (const [index, rule] of policy['rules'].entries()) errors.push(...ruleShape(rule, `rules[${index}]`));
  return errors;
}

function ruleShape(rule: unknown, path: string): FieldError[] {
  if (!isMap(rule)) return [field.invalid(path, rule, 'must be an object')];
  const lists = ['users', 'userGroups', 'verbs', 'namespaces', 'nonResourceURLs', 'omitStages'];
  const errors = [...unknownFields(rule, ruleFields, `${path}.`), ...listErrors(rule, lists, `${path}.`)];
  const { resources } = rule;
  if (resources === undefined) return errors;
  if (!Array.isArray(resources)) return [...errors, field.invalid(`${path}.resources`, resources, 'must be a list')];
  for (const [index, entry] of resources.entries()) {
    const at = `${path}.resources[${index}]`;
    if (!isMap(entry)) errors.push(field.invalid(at, entry, 'must be an object'));
    else {
      errors.push(...unknownFields(entry, resourceFields, `${at}.`));
      errors.push(...listErrors(entry, ['resources', 'resourceNames'], `${at}.`));
    }
  }
  return errors;
}

function unknownFields(value: Record<string, unknown>, known: readonly string[], path: string): FieldError[] {
  return Object.keys(value)
    .filter((name) => !known.includes(name))
    .map((name) => field.invalid(`${path}${name}`, name, 'unknown field'));
}

function listErrors(value: Record<string, unknown>, fields: readonly string[], path: string): FieldError[] {
  return fields
    .filter((name) => value[name] !== undefined && !isTextList(value[name]))
    .map((name) => field.invalid(`${path}${name}`, value[name], 'must be a list of strings'));
}

const isTextList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string');
