import { setTimeout as pause } from 'node:timers/promises';
import { ApiObject, isAlreadyExists } from '@nestor/api';
import { systemMasters, UserInfo } from '@nestor/auth';
import { rfc3339 } from '@nestor/formats';
import type { ServedResource } from '../registry/served-resource';
import type { Written } from './commit';
import { createFrom } from './create';
import { guaranteedUpdate } from './guaranteed-update';
import type { StorageContext } from './storage-context';
import { WriteRequest } from './write-request';

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
    options: { dryRun: false, fieldManager: 'nestor-apiserver', fieldValidation: 'Ignore', force: true, sent: {} },
    namespace,
    name,
    subresource,
    now: rfc3339(),
  };
}

const attempts = 20;
const retryMs = 100;

/** Makes an object the server needs; one that is there already, perhaps by another replica, is fine. */
export async function ensureObject(context: StorageContext, served: ServedResource, object: ApiObject): Promise<void> {
  const { namespace = '', name = '' } = object.metadata;
  const cache = context.cache.resource(served.key);
  await cache.ready();
  for (let attempt = 1; !cache.get(namespace, name); attempt++) {
    try {
      await createFrom(context, serverRequest(served, { namespace, name }), structuredClone(object));
      return;
    } catch (error) {
      if (isAlreadyExists(error)) return;
      // Another replica that starts at the same time may hold the Service's address and not have the Service yet.
      if (attempt === attempts) throw error;
      await pause(retryMs);
    }
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
