import { badRequest, unknownPath, methodNotSupported, type ApiObject } from '@nestor/api';
import { trackUpdate } from '@nestor/patch';
import type { Exchange } from '../http/exchange';
import type { ServedResource } from '../registry/served-resource';
import { readObject } from '../storage/decode';
import type { StorageContext } from '../storage/storage-context';
import { writeOptions } from '../storage/write-options';
import { admissionRequest, writeRequest, type Admitted, type WriteRequest } from '../storage/write-request';

/** An object that was sent to be created and is answered instead of stored, with the steps around its answer. */
export interface UnstoredObject {
  readonly object: ApiObject;
  /** Asks validating admission. */
  validate(): Promise<void>;
}

/** Decodes what was sent, places it, notes who sent it and lets admission change it: all before it is looked at. */
export async function readUnstored(
  storage: StorageContext,
  served: ServedResource,
  exchange: Exchange,
): Promise<UnstoredObject> {
  const { info, request } = exchange;
  const { namespaced } = served.definition;
  if (info.name !== '' || namespaced !== (info.namespace !== '')) throw unknownPath();
  if (info.verb !== 'create') throw methodNotSupported(served.groupResource, request.method ?? '');
  const options = writeOptions(exchange, 'CreateOptions');
  const object = await readObject(served, exchange, options.fieldValidation);
  place(object, info.namespace);
  return admitUnstored(storage, writeRequest(served, exchange, options), { object, schema: served.schema });
}

/** Notes who sent an object, by its kind's schema, and lets admission change it. */
export async function admitUnstored(
  { admission }: StorageContext,
  write: WriteRequest,
  { object, schema, kind }: Pick<UnstoredObject, 'object'> & Pick<ServedResource, 'schema'> & Pick<Admitted, 'kind'>,
): Promise<UnstoredObject> {
  const { options, subresource, now } = write;
  const tracked = { manager: options.fieldManager, subresource, now, custom: false };
  const managedFields = trackUpdate({ schema, ...tracked, new: object });
  if (managedFields) object.metadata.managedFields = managedFields;
  const asked = admissionRequest(write, 'CREATE', { object, kind });
  await admission.admit(asked);
  return { object, validate: async () => admission.validate(asked) };
}

/** rest.WipeObjectMetaSystemFields and EnsureObjectNamespaceMatchesRequestNamespace */
function place({ metadata }: ApiObject, namespace: string): void {
  delete metadata.uid;
  delete metadata.creationTimestamp;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  if (namespace !== '' && metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (namespace === '') delete metadata.namespace;
  else metadata.namespace = namespace;
}
