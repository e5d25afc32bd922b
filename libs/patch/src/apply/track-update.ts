import type { ApiObject } from '@nestor/api';
import type { StructuralSchema } from '@nestor/schema';
import { capUpdaters } from './cap-updaters';
import { createdFields } from './created-fields';
import { changed, compare, type Comparison } from './compare';
import { difference, differenceRecursive, emptySet, fieldSetOf, isEmptySet, union } from './field-set';
import {
  encodeManagers,
  encodeOwnership,
  managedFieldsOf,
  managerKey,
  managersForUpdate,
  setFields,
  type ManagedFieldsEntry,
  type Managers,
  type ManagerIdentity,
} from './managed-fields';
import { dispossess } from './ownership';
import { systemFields, systemFieldSet } from './system-fields';

/** What both kinds of write need to know. */
export interface WriteContext {
  schema: StructuralSchema | undefined;
  /** Field manager of the request, see fieldManagerOf. */
  manager: string;
  /** '' for the object itself. */
  subresource?: string;
  /** RFC 3339, second resolution. */
  now: string;
  /** A custom resource, whose fields are not Go structs. */
  custom?: boolean;
  /** Fields the strategy resets on this kind of write (GetResetFields), e.g. [['status']]: not owned by the writer. */
  resetFields?: readonly (readonly string[])[];
}

export interface TrackUpdateRequest extends WriteContext {
  /** The live object; absent on create. */
  old?: Readonly<ApiObject>;
  /** The object as it will be stored, defaults set. Its managedFields are what the client sent. */
  new: Readonly<ApiObject>;
}

/**
 * The managedFields of an object after a create, update or patch (not apply): the writer becomes the owner of what it
 * changed and everyone else loses it. Never fails: what cannot be tracked leaves the entries as they were.
 * Returns the live object's entries themselves when the write changes no field; undefined when there are none.
 */
export function trackUpdate(request: TrackUpdateRequest): ManagedFieldsEntry[] | undefined {
  const { old, new: next, subresource = '', schema } = request;
  if (schema && !old && !subresource && !request.resetFields?.length && !managedFieldsOf(next))
    return trackNew(request, schema);
  const managers = managersForUpdate(old, next, subresource);
  // Objects that were never tracked (or whose entries a client cleared) stay untracked, except for new ones.
  if (old && managers.size === 0) return undefined;
  const comparison = compareObjects(request, old, next);
  const sent = managedFieldsOf(next);
  const keepsEntries = !sent || sent === managedFieldsOf(old) || subresource !== '';
  if (!comparison || (keepsEntries && unchanged(comparison))) {
    return managers.size === 0 ? undefined : keepsEntries ? managedFieldsOf(old) : encodeManagers(managers);
  }
  recordUpdate(managers, request, { apiVersion: next.apiVersion, comparison });
  return managers.size === 0 ? undefined : encodeManagers(managers);
}

/** A new object has one owner, of everything it says. */
function trackNew(request: WriteContext & { new: Readonly<ApiObject> }, schema: StructuralSchema) {
  const { new: next, now } = request;
  const fields = createdFields(schema, next, () => {
    const comparison = compareObjects(request, undefined, next);
    return comparison && difference(changed(comparison), systemFieldSet);
  });
  if (!fields || isEmptySet(fields)) return undefined;
  return [encodeOwnership({ ...updaterOf(request, next.apiVersion), time: now, fields, stored: fields })];
}

/** undefined when the objects do not fit the schema (a list item without its key, say). */
export function compareObjects(
  of: WriteContext,
  old: Readonly<ApiObject> | undefined,
  next: Readonly<ApiObject>,
): Comparison | undefined {
  try {
    return withoutReset(compare(of.schema, old, next, { builtIn: !of.custom, skip: systemFields }), of.resetFields);
  } catch {
    // As in Kubernetes: tracking must not fail a write that validation will judge.
    return undefined;
  }
}

function withoutReset(comparison: Comparison, resetFields: WriteContext['resetFields']): Comparison {
  if (!resetFields?.length) return comparison;
  const ignored = fieldSetOf(resetFields.map((path) => path.map((name) => `f:${name}`)));
  return {
    added: differenceRecursive(comparison.added, ignored),
    modified: differenceRecursive(comparison.modified, ignored),
    removed: differenceRecursive(comparison.removed, ignored),
  };
}

function unchanged(comparison: Comparison): boolean {
  return isEmptySet(comparison.added) && isEmptySet(comparison.modified) && isEmptySet(comparison.removed);
}

const updaterOf = ({ manager, subresource = '' }: WriteContext, apiVersion: string): ManagerIdentity => ({
  manager: manager || 'unknown',
  operation: 'Update',
  apiVersion,
  subresource,
});

/** Moves ownership for one non-apply write. Changes `managers`. */
export function recordUpdate(
  managers: Managers,
  of: WriteContext,
  write: { apiVersion: string; comparison: Comparison },
): void {
  const { comparison, apiVersion } = write;
  const identity = updaterOf(of, apiVersion);
  const key = managerKey(identity);
  dispossess(managers, key, comparison);
  // A removal takes the fields from everybody, the writer's own earlier entry included.
  const previous = managers.get(key);
  const held = previous ? difference(previous.fields, comparison.removed) : emptySet;
  const gained = difference(changed(comparison), systemFieldSet);
  if (!isEmptySet(gained)) {
    setFields(managers, key, { ...identity, time: of.now, fields: union(held, gained), stored: previous?.stored });
  } else if (previous && held !== previous.fields) setFields(managers, key, { ...previous, fields: held });
  capUpdaters(managers);
}
