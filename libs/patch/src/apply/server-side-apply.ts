import { badRequest, type ApiError, type ApiObject } from '@nestor/api';
import { jsonEqual } from '../json/json-value';
import { plainPatchError } from '../patch-error';
import { conflictError } from './conflict-error';
import { difference, differenceRecursive, fieldSetOf, isEmptySet, type FieldSet } from './field-set';
import { fieldsLastApplied, withLastApplied } from './last-applied';
import {
  decodeManagers,
  encodeManagers,
  managedFieldsOf,
  managerKey,
  sameManagers,
  setFields,
  type ManagedFieldsEntry,
  type ManagerIdentity,
  type Managers,
} from './managed-fields';
import { mergeTyped } from './merge';
import { conflictsOf, dispossess } from './ownership';
import { prune } from './prune';
import { systemFieldSet } from './system-fields';
import { toFieldSet } from './to-field-set';
import { compareObjects, recordUpdate, type WriteContext } from './track-update';
import { joinTypedErrors, typedErrors } from './validate-typed';

export interface ApplyRequest extends WriteContext {
  /** The live object; absent when the apply creates it. */
  live?: Readonly<ApiObject>;
  /** What the client wants, decoded but not defaulted. */
  applied: Readonly<ApiObject>;
  /** Take over fields that others own. */
  force: boolean;
}

export interface ApplyResult {
  /** The merged object with its managedFields; the live one itself when nothing changed. Not defaulted. */
  object: ApiObject;
  managedFields: ManagedFieldsEntry[];
  /** False when the apply is a no-op, which must not write. */
  changed: boolean;
}

/** Server-side apply (fieldmanager.Apply of k8s.io/apimachinery over structured-merge-diff). */
export function serverSideApply(request: ApplyRequest): ApplyResult {
  const { schema, live, applied } = request;
  checkApplyPatch({ schema, applied, apiVersion: live?.apiVersion ?? applied.apiVersion });
  const before = liveManagers(request);
  let result = apply(request, before, request.force);
  if (!result.merged) {
    const conflicts = remainingConflicts(request, result.conflicts);
    if (conflicts.size > 0) throw conflictError(before, conflicts);
    result = apply(request, before, true);
  }
  let object = result.merged as ApiObject;
  if (request.manager === 'kubectl') object = withLastApplied(object, applied);
  const isSame = live !== undefined && jsonEqual(withoutManaged(object), withoutManaged(live));
  return finish(request, { object, managers: result.managers, isSame });
}

/** Stamps the time on the applier's entry when the object or anyone's ownership changed, and only then. */
function finish(
  request: ApplyRequest,
  outcome: { object: ApiObject; managers: Managers; isSame: boolean },
): ApplyResult {
  const { live, applied } = request;
  const liveEntries = managedFieldsOf(live);
  if (outcome.isSame && liveEntries && sameManagers(outcome.managers, decodeManagers(liveEntries))) {
    return { object: live as ApiObject, managedFields: liveEntries, changed: false };
  }
  const key = managerKey(identityOf(request, applied));
  const own = outcome.managers.get(key);
  if (own) outcome.managers.set(key, { ...own, time: request.now });
  const managedFields = encodeManagers(outcome.managers);
  const metadata = { ...outcome.object.metadata, managedFields } as ApiObject['metadata'];
  if (managedFields.length === 0) delete metadata.managedFields;
  return { object: { ...outcome.object, metadata }, managedFields, changed: true };
}

export interface AppliedPatch {
  schema: WriteContext['schema'];
  /** As the client sent it: decoding would drop the unknown fields that are to be refused. */
  applied: Readonly<ApiObject>;
  /** That of the resource. */
  apiVersion: string;
}

/** Refuses what is no apply patch for a resource, before anything is made of it. */
export function checkApplyPatch({ schema, applied, apiVersion }: AppliedPatch): void {
  if (applied.apiVersion !== apiVersion) {
    throw badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${applied.apiVersion}, expected: ${apiVersion}`,
    );
  }
  const sent = (applied.metadata as { managedFields?: unknown } | undefined)?.managedFields;
  if (sent !== undefined && sent !== null) throw badRequest('metadata.managedFields must be nil');
  const errors = typedErrors(schema, applied);
  if (errors.length > 0) {
    throw plainPatchError(`failed to create typed patch object (${objectName(applied)}): ${joinTypedErrors(errors)}`);
  }
}

/** An applied value that fits the schema and still cannot be read by its own type, such as a quantity. */
export const unreadableApply = (applied: Readonly<ApiObject>, why: string): ApiError =>
  plainPatchError(`failed to convert new typed object (${objectName(applied)}) to object: ${why}`);

/** namespace/name; group/version, Kind=kind. The core group is the empty one: /v1. */
function objectName({ apiVersion, kind, metadata }: Readonly<ApiObject>): string {
  const groupVersion = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`;
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}; ${groupVersion}, Kind=${kind}`;
}

/** A live object that was never tracked is treated as one big update before the first apply. */
function liveManagers(request: ApplyRequest): Managers {
  const { live } = request;
  const entries = managedFieldsOf(live);
  const managers = entries ? decodeManagers(entries) : (new Map() as Managers);
  if (!live || managers.size > 0) return managers;
  const earlier = { ...request, manager: 'before-first-apply', subresource: '', resetFields: undefined };
  const comparison = compareObjects(earlier, undefined, live);
  if (comparison) recordUpdate(managers, earlier, { apiVersion: live.apiVersion, comparison });
  return managers;
}

function identityOf(request: WriteContext, applied: Readonly<ApiObject>): ManagerIdentity {
  return {
    manager: request.manager,
    operation: 'Apply',
    apiVersion: applied.apiVersion,
    subresource: request.subresource ?? '',
  };
}

interface Outcome {
  /** Absent when there are conflicts and force is off. */
  merged?: unknown;
  managers: Managers;
  conflicts: Map<string, FieldSet>;
}

/** merge.Updater.Apply. Leaves `before` alone. */
function apply(request: ApplyRequest, before: Managers, force: boolean): Outcome {
  const { schema, live, applied } = request;
  const base = live ? withoutManaged(live) : { apiVersion: applied.apiVersion, kind: applied.kind };
  const managers: Managers = new Map(before);
  const identity = identityOf(request, applied);
  const key = managerKey(identity);
  const previous = managers.get(key);
  const desired = withoutManaged(applied);
  const fields = withoutReset(toFieldSet(schema, desired), request);
  managers.set(key, { ...identity, time: previous?.time, entry: previous?.entry, fields });

  const merged = prune(schema, mergeTyped(schema, base, desired), { last: previous?.fields, managers }) as ApiObject;
  const comparison = compareObjects(request, live, merged);
  if (!comparison) throw plainPatchError(`failed to compare with the live object (${objectName(applied)})`);
  const conflicts = conflictsOf(managers, key, comparison);
  if (conflicts.size > 0 && !force) return { managers, conflicts };
  dispossess(managers, key, comparison);
  setFields(managers, key, { ...managers.get(key)!, fields: difference(fields, systemFieldSet) });
  return { merged, managers, conflicts };
}

function withoutReset(fields: FieldSet, { resetFields }: WriteContext): FieldSet {
  if (!resetFields?.length) return fields;
  return differenceRecursive(fields, fieldSetOf(resetFields.map((path) => path.map((name) => `f:${name}`))));
}

/** kubectl's move from client-side apply: what its own annotation shows as last applied is no conflict. */
function remainingConflicts(request: ApplyRequest, conflicts: Map<string, FieldSet>): Map<string, FieldSet> {
  if (request.manager !== 'kubectl' || !request.live) return conflicts;
  const allowed = fieldsLastApplied(request, request.live);
  const remaining = new Map<string, FieldSet>();
  for (const [key, fields] of conflicts) {
    const rest = difference(fields, allowed);
    if (!isEmptySet(rest)) remaining.set(key, rest);
  }
  return remaining;
}

function withoutManaged(object: Readonly<ApiObject>): ApiObject {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
