import type { ApiObject, FieldError } from '@nestor/api';
import { applyDefaults as defaultBySchema, decodeStrict, prune, validateSchema } from '@nestor/schema';
import type { ServedResource } from '../registry/served-resource';

export interface Fit {
  /** Paths of fields the schema does not have; they are gone from the object. */
  unknown: string[];
  /** The first value of a wrong type, in the words of Go's JSON decoder and of the converter from maps. */
  typeError?: string;
  conversionError?: string;
}

/** Makes a parsed body fit its kind: a built-in one as Go's decoder would, a custom one by pruning. */
export function fitToSchema({ schema, definition }: ServedResource, object: ApiObject): Fit {
  if (definition.custom) return { unknown: prune(schema, object, { isResourceRoot: true }) };
  const { unknownFields, ...errors } = decodeStrict(schema, object);
  return { unknown: unknownFields, ...errors };
}

export function applyDefaults({ schema, definition }: ServedResource, object: ApiObject): void {
  defaultBySchema(schema, object);
  definition.strategy.setDefaults?.(object);
}

/** Errors after which rules could not be trusted to see what they expect. */
const blocking: ReadonlySet<FieldError['type']> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const notChecked: FieldError = {
  type: 'FieldValueInvalid',
  field: '<nil>',
  badValue: null,
  detail:
    'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

/**
 * What the schema of a custom resource refuses, by shape and by rules. Built-in kinds are judged by their strategy, as
 * upstream does.
 */
export function schemaErrors(
  { schema, definition }: ServedResource,
  object: ApiObject,
  warn: (text: string) => void,
  old?: Readonly<ApiObject>,
): FieldError[] {
  if (!definition.custom) return [];
  const errors: FieldError[] = validateSchema(schema, object);
  const run = definition.rules?.();
  if (!run) return errors;
  if (errors.some(({ type }) => blocking.has(type))) return [...errors, notChecked];
  const found = run(object, old);
  found.warnings.forEach(warn);
  return [...errors, ...found.errors];
}
