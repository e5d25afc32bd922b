import type { Exchange } from '../http/exchange';
import type { ServedResource } from '../registry/served-resource';
import { readObject } from '../storage/decode';
import { admitBody } from '../storage/admit-body';
import { guaranteedUpdate } from '../storage/guaranteed-update';
import { sendWritten } from '../storage/send-written';
import type { StorageContext } from '../storage/storage-context';
import { checkIdentity } from '../storage/update';
import { writeOptions } from '../storage/write-options';
import { writeRequest } from '../storage/write-request';

/** Sets a namespace's spec.finalizers; the last one gone, a deleted namespace goes too. */
export async function finalizeNamespace(
  storage: StorageContext,
  served: ServedResource,
  exchange: Exchange,
): Promise<void> {
  const options = writeOptions(exchange, 'UpdateOptions');
  const sent = await readObject(served, exchange, options.fieldValidation);
  const request = writeRequest(served, exchange, options);
  checkIdentity(request, sent);
  const { finalizers } = (sent['spec'] ?? {}) as { finalizers?: string[] };
  const written = await guaranteedUpdate(storage, request, {
    raw: true,
    change: async (current) => {
      const metadata = {
        ...current.metadata,
        resourceVersion: sent.metadata.resourceVersion ?? current.metadata.resourceVersion,
      };
      const object = { ...current, metadata, spec: { ...(current['spec'] as object), finalizers: finalizers ?? [] } };
      await admitBody(storage, request, 'UPDATE', { object, old: current });
      return { object };
    },
  });
  sendWritten(exchange, served, written);
}
