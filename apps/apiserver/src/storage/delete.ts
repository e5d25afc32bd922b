import { ApiObject, Status } from '@nestor/api';
import type { Exchange } from '../http/exchange';
import { sendObject } from '../http/respond';
import type { ServedResource } from '../registry/served-resource';
import { currentObject, missing, newestCache } from './cached-reads';
import { privateCopy } from './canonical-body';
import { commit, dryWritten, remove, stale, Written } from './commit';
import { DeleteOptions, readDeleteOptions } from './delete-options';
import { checkPreconditions, planDeletion } from './deletion';
import { sendWritten } from './send-written';
import type { StorageContext } from './storage-context';
import { bytesAt } from './versioned-bytes';
import { serverRequest } from './server-writes';
import { admissionRequest, Caller } from './write-request';

const maxAttempts = 12;
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
}

/** Deletes one object at its newest state; tries again when somebody changed it meanwhile. */
export async function deleteOne(
  context: StorageContext,
  served: ServedResource,
  exchange: Caller,
  target: DeleteTarget,
): Promise<Deletion> {
  const { namespace, name, options } = target;
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const current = await currentObject(context, served.key, namespace, name);
    if (!current) throw missing(served, name);
    const object = privateCopy(bytesAt(served, current));
    checkPreconditions(served, object, options.preconditions);
    const request = { ...serverRequest(served, { namespace, name }), exchange };
    request.options.dryRun = options.dryRun;
    await context.admission.validate(admissionRequest(request, 'DELETE', { old: object }));
    await context.admission.admit(admissionRequest(request, 'DELETE', { old: object }));
    const done = await attemptDelete(context, served, object, { expected: current.revision, options });
    if (done) return done;
    await newestCache(context, served.key);
  }
  throw stale(served, name);
}

async function attemptDelete(
  context: StorageContext,
  served: ServedResource,
  object: ApiObject,
  { expected, options }: { expected: number; options: DeleteOptions },
): Promise<Deletion | undefined> {
  const step = planDeletion(served, object, options, new Date());
  if (step === 'none' || options.dryRun)
    return { removed: step === 'remove', written: dryWritten(object, false), object };
  if (step === 'mark') {
    const outcome = await commit(context, served, object, expected);
    return outcome.ok ? { removed: false, written: outcome.written, object } : undefined;
  }
  const revision = await remove(context, served, object, expected);
  if (revision === undefined) return undefined;
  object.metadata.resourceVersion = String(revision);
  return { removed: true, written: dryWritten(object, false), object };
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
