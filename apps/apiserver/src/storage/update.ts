import { ApiObject, badRequest, field, invalid } from '@nestor/api';
import type { Exchange } from '../http/exchange';
import type { ServedResource } from '../registry/served-resource';
import { createFrom } from './create';
import { readObjects } from './decode';
import { guaranteedUpdate } from './guaranteed-update';
import { mayCreateOnUpdate, needsResourceVersion } from './kind-rules';
import { sendWritten } from './send-written';
import type { StorageContext } from './storage-context';
import { writeOptions } from './write-options';
import { WriteRequest, writeRequest } from './write-request';

export async function updateObject(context: StorageContext, served: ServedResource, exchange: Exchange): Promise<void> {
  const options = writeOptions(exchange, 'UpdateOptions');
  const sent = await readObjects(served, exchange, options.fieldValidation);
  const request = writeRequest(served, exchange, options);
  // One for each attempt, since preparation changes it; most need only the first.
  const decode = (): ApiObject => {
    const object = sent();
    checkIdentity(request, object);
    return object;
  };
  let first: ApiObject | undefined = decode();
  const next = (): ApiObject => {
    const object = first ?? decode();
    first = undefined;
    return object;
  };
  const written = await guaranteedUpdate(context, request, {
    change: () => {
      const object = next();
      if (!object.metadata.resourceVersion && needsResourceVersion(served)) {
        throw invalid(served.groupKind, request.name, [
          field.invalid('metadata.resourceVersion', 0, 'must be specified for an update'),
        ]);
      }
      return { object };
    },
    create:
      mayCreateOnUpdate(served) && request.subresource === ''
        ? () => {
            const object = next();
            delete object.metadata.resourceVersion;
            return createFrom(context, request, object);
          }
        : undefined,
  });
  sendWritten(exchange, served, written);
}

/** The body must be about the object the path names. */
export function checkIdentity({ served, name, namespace }: WriteRequest, { metadata }: ApiObject): void {
  metadata.name ??= name;
  if (metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  if (!served.definition.namespaced) return;
  metadata.namespace ||= namespace;
  if (metadata.namespace !== namespace) {
    throw badRequest(
      `the namespace of the object (${metadata.namespace}) does not match the namespace on the request (${namespace})`,
    );
  }
}
