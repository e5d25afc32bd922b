import { ApiObject, Status } from '@nestor/api';
import type { CachedObject } from '@nestor/watch';
import type { Exchange } from '../http/exchange';
import { sendObject } from '../http/respond';
import type { ServedResource } from '../registry/served-resource';
import { admitBody } from './admit-body';
import { knownObject, missing, newestCache } from './cached-reads';
import { privateCopy } from './canonical-body';
import { commit, dryWritten, remove, stale, Written } from './commit';
import { DeleteOptions, deleteOptionsObject, readDeleteOptions } from './delete-options';
import { checkPreconditions, planDeletion } from './deletion';
import { patienceMs } from './guaranteed-update';
import { sendWritten } from './send-written';
import type { StorageContext } from './storage-context';
import { bytesAt } from './versioned-bytes';
import { serverRequest } from './server-writes';
import type { Caller } from './write-request';

/** Kinds whose delete answers with the object instead of a Status (ReturnDeletedObject). */
const returnsObject: ReadonlySet<string> = new Set([
  'pods',
  'services',
  'serviceaccounts',
  'persistentvolumeclaims',
  'persistentvolumes',
  'podtemplates',
  'resourcequotas',
]);

export interface Deletion {
  removed: boolean;
  written: Written;
  object: ApiObject;
}

export async function deleteObject(context: StorageContext, served: ServedResource, exchange: Exchange): Promise<void> {
  const options = await readDeleteOptions(exchange);
  const { namespace, name } = exchange.info;
  const deletion = await deleteOne(context, served, exchange, {
    namespace: served.definition.namespaced ? namespace : '',
    name,
    options,
  });
  const code = !deletion.removed && options.orphanDependents === false ? 202 : 200;
  if (!deletion.removed || returnsObject.has(served.key)) sendWritten(exchange, served, deletion.written, code);
  else sendObject(exchange, code, removedStatus(served, deletion.object));
}

export interface DeleteTarget {
  namespace: string;
  name: string;
  options: DeleteOptions;
  /** The request has been through admission as something else (an Eviction). */
  admitted?: boolean;
}

/** Deletes one object at its newest state; tries again when somebody changed it meanwhile, as guaranteedUpdate does. */
export async function deleteOne(
  context: StorageContext,
  served: ServedResource,
  exchange: Caller,
  target: DeleteTarget,
): Promise<Deletion> {
  const { namespace, name } = target;
  const deadline = Date.now() + patienceMs;
  do {
    const current = await knownObject(context, served.key, namespace, name);
    if (!current) throw missing(served, name);
    const deletion = await attemptDelete(context, served, exchange, { ...target, current }).catch((error: unknown) => ({
      error,
    }));
    if (deletion && 'committed' in deletion && deletion.committed) return deletion;
    // The cache may be behind: what is refused, or needs no doing, on its word is looked at again at the newest state.
    const newest = (await newestCache(context, served.key)).get(namespace, name);
    if (!deletion || newest?.revision !== current.revision) continue;
    if ('error' in deletion) throw deletion.error;
    return deletion;
  } while (Date.now() < deadline);
  throw stale(served, name);
}

/** undefined: the state moved on meanwhile, and trying again may work. */
async function attemptDelete(
  context: StorageContext,
  served: ServedResource,
  exchange: Caller,
  { namespace, name, options, admitted, current }: DeleteTarget & { current: CachedObject },
): Promise<(Deletion & { committed: boolean }) | undefined> {
  const object = privateCopy(bytesAt(served, current));
  checkPreconditions(served, object, options.preconditions);
  if (!admitted) {
    const request = { ...serverRequest(served, { namespace, name }), exchange };
    request.options.dryRun = options.dryRun;
    const asked = { old: object, options: () => deleteOptionsObject(options) };
    await admitBody(context, request, 'DELETE', asked);
  }
  const step = planDeletion(served, object, options, new Date());
  if (step === 'none' || options.dryRun)
    return { removed: step === 'remove', written: dryWritten(object, false), object, committed: false };
  if (step === 'mark') {
    const outcome = await commit(context, served, object, current.revision);
    return outcome.ok ? { removed: false, written: outcome.written, object, committed: true } : undefined;
  }
  const revision = await remove(context, served, object, current.revision);
  if (revision === undefined) return undefined;
  object.metadata.resourceVersion = String(revision);
  return { removed: true, written: dryWritten(object, false), object, committed: true };
}

function removedStatus({ definition }: ServedResource, { metadata }: ApiObject): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: metadata.name,
      ...(definition.group ? { group: definition.group } : {}),
      kind: definition.plural,
      uid: metadata.uid,
    },
  };
}
