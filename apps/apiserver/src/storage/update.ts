import { ApiObject, badRequest, field, invalid } from '@nestor/api';
import type { Exchange } from '../http/exchange';
import type { ServedResource } from '../registry/served-resource';
import { createFrom } from './create';
import { readObject } from './decode';
import { guaranteedUpdate } from './guaranteed-update';
import { mayCreateOnUpdate, needsResourceVersion } from './kind-rules';
import { sendWritten } from './send-written';
import type { StorageContext } from './storage-context';
import { writeOptions } from './write-options';
import { WriteRequest, writeRequest } from './write-request';

export async function updateObject(context: StorageContext, served: ServedResource, exchange: Exchange): Promise<void> {
  const options = writeOptions(exchange, 'UpdateOptions');
  const sent = await readObject(served, exchange, options.fieldValidation);
  const request = writeRequest(served, exchange, options);
  checkIdentity(request, sent);
  const written = await guaranteedUpdate(context, request, {
    change: () => {
      if (!sent.metadata.resourceVersion && needsResourceVersion(served)) {
        throw invalid(served.groupKind, request.name, [
          field.invalid('metadata.resourceVersion', 0, 'must be specified for an update'),
        ]);
      }
      // A fresh copy per attempt: preparation changes it.
      return { object: structuredClone(sent) };
    },
    create:
      mayCreateOnUpdate(served) && request.subresource === ''
        ? () =>
            createFrom(
              context,
              request,
              structuredClone({ ...sent, metadata: { ...sent.metadata, resourceVersion: undefined } }),
            )
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
