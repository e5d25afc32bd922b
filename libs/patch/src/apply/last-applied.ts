import type { ApiObject } from '@nestor/api';
import { isObject } from '../json/json-value';
import type { WriteContext } from './track-update';
import { compareObjects } from './track-update';
import { difference, emptySet, union, type FieldSet } from './field-set';
import { toFieldSet } from './to-field-set';

export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';
/** Bound on all annotations of an object (TotalAnnotationSizeLimitB). */
const annotationLimit = 256 * 1024;

function annotationsOf(object: Readonly<ApiObject>): Record<string, string> {
  return object.metadata.annotations ?? {};
}

/**
 * Fields that `kubectl apply` set client-side and nobody changed since: kubectl may take them over when it moves to
 * server-side apply, without a conflict.
 */
export function fieldsLastApplied(context: WriteContext, live: Readonly<ApiObject>): FieldSet {
  const text = annotationsOf(live)[lastAppliedAnnotation];
  if (!text) return emptySet;
  let applied: unknown;
  try {
    applied = JSON.parse(text);
  } catch {
    // Not kubectl's annotation any more; then nothing is taken over.
    return emptySet;
  }
  if (!isObject(applied)) return emptySet;
  const comparison = compareObjects({ ...context, resetFields: undefined }, applied as ApiObject, live);
  if (!comparison) return emptySet;
  const different = union(union(comparison.modified, comparison.added), comparison.removed);
  return difference(toFieldSet(context.schema, applied), different);
}

/** Keeps kubectl's annotation true after its server-side apply, so that a client-side apply may follow. */
export function withLastApplied(object: ApiObject, applied: Readonly<ApiObject>): ApiObject {
  const annotations = annotationsOf(object);
  if (annotations[lastAppliedAnnotation] === undefined) return object;
  const text = `${JSON.stringify(withoutAnnotation(applied))}\n`;
  const next: Record<string, string> = { ...annotations, [lastAppliedAnnotation]: text };
  const size = Object.entries(next).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  if (size > annotationLimit) delete next[lastAppliedAnnotation];
  return { ...object, metadata: { ...object.metadata, annotations: next } };
}

function withoutAnnotation(applied: Readonly<ApiObject>): ApiObject {
  const { managedFields: _, ...metadata } = applied.metadata;
  const annotations = annotationsOf(applied);
  if (annotations[lastAppliedAnnotation] === undefined) return { ...applied, metadata };
  const { [lastAppliedAnnotation]: __, ...rest } = annotations;
  return { ...applied, metadata: { ...metadata, annotations: rest } };
}
