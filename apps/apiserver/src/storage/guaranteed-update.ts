import { ApiObject, conflict, DeepReadonly, FieldError, invalid, validateObjectMetaUpdate } from '@nestor/api';
import { trackUpdate } from '@nestor/patch';
import type { CachedObject } from '@nestor/watch';
import type { Allocation } from '../services/service-addresses';
import { knownObject, missing, newestCache } from './cached-reads';
import { privateCopy, sameExcept } from './canonical-body';
import { commit, dryWritten, remove, stale, Written } from './commit';
import { applyDefaults, schemaErrors } from './schema-steps';
import type { StorageContext } from './storage-context';
import { bytesAt } from './versioned-bytes';
import { admissionRequest, strategyContext, WriteRequest } from './write-request';

/** What a PUT, a PATCH or a subresource makes of the current object. */
export interface Change {
  object: ApiObject;
  /** managedFields are final already (server-side apply). */
  managed?: boolean;
  /** Has been through admission already, in the form it was sent in (a Scale). */
  admitted?: boolean;
  /** Known to change nothing. */
  unchanged?: boolean;
  /** Known to change something, so that nothing need be compared; for raw writes. */
  changed?: boolean;
}

export interface UpdatePlan {
  /** Gets a private copy of the current object at the served version. Called again after a conflict. */
  change(current: ApiObject): Change | Promise<Change>;
  /** Runs where there is no object. Absent: 404. */
  create?(): Promise<Written>;
  /** Internal writes (finalize, binding) that skip the kind's own update rules. */
  raw?: boolean;
}

/** How long a write that named no version goes on when others are faster. Upstream's end is the request's timeout. */
export const patienceMs = 30_000;

/**
 * Read, change, compare, write; again when somebody was faster and the client did not name the version it changed
 * (etcd3 store.GuaranteedUpdate). The cache may be behind: what is refused on its word is tried on the newest state.
 */
export async function guaranteedUpdate(
  context: StorageContext,
  request: WriteRequest,
  plan: UpdatePlan,
): Promise<Written> {
  const { served, namespace, name } = request;
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const current = await knownObject(context, served.key, namespace, name);
    if (!current) {
      if (plan.create) return plan.create();
      throw missing(served, name);
    }
    const outcome = await judge(context, request, plan, current);
    if (outcome) return outcome;
    if (Date.now() > deadline) throw stale(served, name);
  }
}

/** A commit compares versions; a refusal, a no-op and a dry run hold only if the object they looked at is the newest. */
async function judge(
  context: StorageContext,
  request: WriteRequest,
  plan: UpdatePlan,
  current: CachedObject,
): Promise<Written | undefined> {
  const isNewest = async (): Promise<boolean> =>
    (await newestCache(context, request.served.key)).get(current.namespace, current.name)?.revision ===
    current.revision;
  let outcome: Written | undefined;
  try {
    outcome = await attemptUpdate(context, request, plan, current);
  } catch (error) {
    if (await isNewest()) throw error;
    return undefined;
  }
  const isCommitted = outcome !== undefined && !request.options.dryRun && outcome.revision !== current.revision;
  if (outcome === undefined || isCommitted || (await isNewest())) return outcome;
  return undefined;
}

/** undefined: the state moved on meanwhile, and trying again may work. */
async function attemptUpdate(
  context: StorageContext,
  request: WriteRequest,
  plan: UpdatePlan,
  current: CachedObject,
): Promise<Written | undefined> {
  const { served, options } = request;
  const asked = await plan.change(privateCopy(bytesAt(served, current)));
  const { object } = asked;
  const asIs = (): Written => ({ bytes: bytesAt(served, current), revision: current.revision, created: false });
  if (asked.unchanged && !isStoredOtherwise(context, request, current)) return asIs();
  if (await isStale(context, request, { object, current })) return undefined;
  object.metadata.resourceVersion = String(current.revision);
  const old = plan.raw && asked.changed ? undefined : privateCopy(bytesAt(served, current));
  const allocation = plan.raw || !old ? undefined : await prepareUpdate(context, request, { ...asked, old });
  try {
    if (old && sameIgnoringTimes(object, old) && !isStoredOtherwise(context, request, current)) return asIs();
    if (options.dryRun) return dryWritten(object, false);
    if (isFinished(object)) {
      const revision = await remove(context, served, object, current.revision);
      if (revision === undefined) return undefined;
      return {
        ...dryWritten({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }, false),
      };
    }
    const outcome = await commit(context, served, object, current.revision);
    if (outcome.ok) {
      await allocation?.settle();
      return outcome.written;
    }
    await allocation?.undo();
    if (outcome.reason === 'notFound') {
      await newestCache(context, served.key);
      return undefined;
    }
    await context.cache.resource(served.key).waitFor(outcome.revision);
    return undefined;
  } catch (error) {
    await allocation?.undo();
    throw error;
  }
}

/** Under a key that is no longer the first: then even what changes nothing is written, and so encrypted anew. */
function isStoredOtherwise({ stale }: StorageContext, { served }: WriteRequest, current: CachedObject): boolean {
  return stale?.has({ resource: served.key, namespace: current.namespace, name: current.name }) ?? false;
}

/** Whether to look again; throws 409 when the newest state, too, is not the one the client changed. */
async function isStale(
  context: StorageContext,
  { served, name }: WriteRequest,
  { object, current }: { object: ApiObject; current: CachedObject },
): Promise<boolean> {
  const { resourceVersion, uid } = object.metadata;
  const wrongVersion =
    resourceVersion !== undefined && resourceVersion !== '' && Number(resourceVersion) !== current.revision;
  const wrongUid = uid !== undefined && uid !== '' && uid !== current.uid;
  if (!wrongVersion && !wrongUid) return false;
  const newest = (await newestCache(context, served.key)).get(current.namespace, current.name);
  if (newest?.revision !== current.revision) return true;
  if (wrongUid) {
    throw conflict(
      served.groupResource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.uid}`,
    );
  }
  throw stale(served, name);
}

type Prepared = Change & { old: ApiObject };

/** rest.BeforeUpdate with defaulting, admission, ownership and validation in upstream's order. */
async function prepareUpdate(context: StorageContext, request: WriteRequest, prepared: Prepared): Promise<Allocation> {
  const { served, options } = request;
  const { object, old } = prepared;
  const { strategy } = served.definition;
  keepSystemFields(request, object, old);
  applyDefaults(served, object);
  keepOtherPart(request, object, old);
  if (!prepared.managed) track(request, object, old);
  if (!prepared.admitted) await context.admission.admit(admissionRequest(request, 'UPDATE', { object, old }));
  strategy.prepareForUpdate?.(object, old, strategyContext(request));
  bumpGeneration(request, object, old);
  const allocation = await context.addresses.allocate(served, object, old, options.dryRun);
  try {
    check(request, object, old);
    if (!prepared.admitted) await context.admission.validate(admissionRequest(request, 'UPDATE', { object, old }));
    return allocation;
  } catch (error) {
    await allocation.undo();
    throw error;
  }
}

const kept = ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const;

function keepSystemFields({ served, namespace }: WriteRequest, { metadata }: ApiObject, old: ApiObject): void {
  delete metadata.selfLink;
  if (served.definition.namespaced) metadata.namespace ??= namespace;
  for (const name of kept) {
    const value = old.metadata[name];
    if (metadata[name] === undefined || metadata[name] === null) {
      if (value === undefined) delete metadata[name];
      else (metadata as Record<string, unknown>)[name] = value;
    }
  }
  if (old.metadata.generation === undefined) delete metadata.generation;
  else metadata.generation = old.metadata.generation;
}

/** A status write touches status alone and a main write never does, whatever the kind's strategy adds. */
function keepOtherPart({ served, subresource }: WriteRequest, object: ApiObject, old: ApiObject): void {
  const { hasStatus, custom } = served.definition;
  if (subresource === 'status') {
    for (const key of Object.keys(object)) if (!partsOfStatus.has(key)) delete object[key];
    for (const key of Object.keys(old)) if (!partsOfStatus.has(key)) object[key] = old[key];
    if (custom) object.metadata = { ...old.metadata, managedFields: object.metadata.managedFields };
    object.metadata.resourceVersion = old.metadata.resourceVersion;
  } else if (hasStatus && subresource === '') {
    if (old['status'] === undefined) delete object['status'];
    else object['status'] = old['status'];
  }
}
const partsOfStatus: ReadonlySet<string> = new Set(['kind', 'apiVersion', 'metadata', 'status']);

function bumpGeneration({ served }: WriteRequest, object: ApiObject, old: ApiObject): void {
  if (!served.definition.hasGeneration) return;
  if (sameExcept(object, old, 'metadata', 'status', 'apiVersion')) return;
  object.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

function track(request: WriteRequest, object: ApiObject, old: ApiObject): void {
  const { served, options, subresource, now } = request;
  const managedFields = trackUpdate({
    schema: served.schema,
    manager: options.fieldManager,
    subresource,
    now,
    custom: served.definition.custom ?? false,
    old,
    new: object,
  });
  if (managedFields) object.metadata.managedFields = managedFields;
  else delete object.metadata.managedFields;
}

function check(request: WriteRequest, object: ApiObject, old: DeepReadonly<ApiObject>): void {
  const { served } = request;
  const { strategy } = served.definition;
  const before = old as ApiObject;
  const errors: FieldError[] = [
    ...validateObjectMetaUpdate(object.metadata, before.metadata),
    ...schemaErrors(served, object, (text) => void request.exchange.warnings.add(text), before),
    ...(strategy.validateUpdate?.(object, before, strategyContext(request)) ??
      (request.subresource === '' ? strategy.validate?.(object, strategyContext(request)) : undefined) ??
      []),
  ];
  if (errors.length > 0) throw invalid(served.groupKind, request.name, errors);
  for (const text of strategy.warnings?.(object, before) ?? []) request.exchange.warnings.add(text);
}

/** A write that only moves managedFields times is none: controllers that repeat themselves must not fill the log. */
function sameIgnoringTimes(object: ApiObject, old: ApiObject): boolean {
  return sameExcept(object, old, 'metadata') && sameMetadata(object.metadata, old.metadata);
}

function sameMetadata(a: ApiObject['metadata'], b: ApiObject['metadata']): boolean {
  const { managedFields: mine = [] } = a;
  const { managedFields: theirs = [] } = b;
  return (
    sameExcept(a, b, 'managedFields', 'resourceVersion') &&
    mine.length === theirs.length &&
    mine.every((entry, at) => sameExcept(entry, theirs[at]!, 'time'))
  );
}

/** The last finalizer of a deleted object is gone, and no grace period runs. */
function isFinished({ kind, metadata, ...rest }: ApiObject): boolean {
  if (!metadata.deletionTimestamp || metadata.finalizers?.length) return false;
  const spec = rest['spec'] as { finalizers?: unknown[] } | undefined;
  if (kind === 'Namespace' && spec?.finalizers?.length) return false;
  return (metadata.deletionGracePeriodSeconds ?? 0) === 0;
}
