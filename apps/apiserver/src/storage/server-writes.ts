import { ApiObject, isAlreadyExists } from '@nestor/api';
import { systemMasters, UserInfo } from '@nestor/auth';
import type { ServedResource } from '../registry/served-resource';
import type { Written } from './commit';
import { createFrom } from './create';
import { guaranteedUpdate } from './guaranteed-update';
import type { StorageContext } from './storage-context';
import { secondResolution, WriteRequest } from './write-request';

/** The API server itself as a caller. */
const apiserver: UserInfo = { name: 'system:apiserver', groups: [systemMasters] };

export interface Place {
  namespace: string;
  name: string;
  subresource?: string;
}

export function serverRequest(served: ServedResource, { namespace, name, subresource = '' }: Place): WriteRequest {
  return {
    served,
    exchange: { user: apiserver, warnings: new Set() },
    options: { dryRun: false, fieldManager: 'nestor-apiserver', fieldValidation: 'Ignore', force: true },
    namespace,
    name,
    subresource,
    now: secondResolution(new Date()),
  };
}

/** Makes an object the server needs; one that is there already, perhaps by another replica, is fine. */
export async function ensureObject(context: StorageContext, served: ServedResource, object: ApiObject): Promise<void> {
  const { namespace = '', name = '' } = object.metadata;
  await context.cache.resource(served.key).ready();
  if (context.cache.resource(served.key).get(namespace, name)) return;
  try {
    await createFrom(context, serverRequest(served, { namespace, name }), structuredClone(object));
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** Brings an object to what `change` makes of it. */
export function updateOwn(
  context: StorageContext,
  served: ServedResource,
  place: Place,
  change: (current: ApiObject) => ApiObject,
): Promise<Written> {
  return guaranteedUpdate(context, serverRequest(served, place), {
    change: (current) => ({ object: change(current) }),
  });
}
