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

/** What the schema of a custom resource refuses. Built-in kinds are judged by their strategy, as upstream does. */
export function schemaErrors({ schema, definition }: ServedResource, object: ApiObject): FieldError[] {
  return definition.custom ? validateSchema(schema, object) : [];
}
