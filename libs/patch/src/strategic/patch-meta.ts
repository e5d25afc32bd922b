import type { StructuralSchema } from '@nestor/schema';

/** What strategic merge patch needs to know of one field. */
export interface FieldPatchMeta {
  /** Schema of the field's value, of a list's items for a list. */
  schema: StructuralSchema | undefined;
  replace: boolean;
  merge: boolean;
  mergeKey: string;
}

function childSchema(schema: StructuralSchema | undefined, name: string): StructuralSchema | undefined {
  const properties = schema?.properties;
  if (properties && Object.hasOwn(properties, name)) return properties[name];
  return schema?.additionalProperties;
}

/** strategicpatch.PatchMetaFromStruct's answers, read from the structural schema. */
export function patchMetaOf(schema: StructuralSchema | undefined, name: string): FieldPatchMeta {
  const child = childSchema(schema, name);
  const strategies = child?.patchStrategy?.split(',') ?? [];
  return {
    schema: child?.type === 'array' ? child.items : child,
    replace: strategies.includes('replace'),
    merge: strategies.includes('merge'),
    mergeKey: child?.patchMergeKey ?? '',
  };
}
