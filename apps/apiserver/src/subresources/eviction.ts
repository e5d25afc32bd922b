import type { Exchange } from '../http/exchange';
import { sendObject } from '../http/respond';
import type { ServedResource } from '../registry/served-resource';
import { deleteOne } from '../storage/delete';
import { part, readValue, text } from '../storage/read-value';
import type { StorageContext } from '../storage/storage-context';

/** Deletes a pod on behalf of a drain. Disruption budgets are not kinds of this server yet, so none refuses. */
export async function evictPod(storage: StorageContext, served: ServedResource, exchange: Exchange): Promise<void> {
  const eviction = await readValue(exchange, 'Eviction');
  const options = part(eviction, 'deleteOptions');
  const grace = options['gracePeriodSeconds'];
  const preconditions = part(options, 'preconditions');
  const dryRun = Array.isArray(options['dryRun']) && options['dryRun'].includes('All');
  const { namespace, name } = exchange.info;
  await deleteOne(storage, served, exchange, {
    namespace,
    name,
    options: {
      dryRun: dryRun || exchange.query.get('dryRun') === 'All',
      ...(typeof grace === 'number' ? { gracePeriodSeconds: grace } : {}),
      preconditions: { uid: text(preconditions, 'uid'), resourceVersion: text(preconditions, 'resourceVersion') },
    },
  });
  sendObject(exchange, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}
