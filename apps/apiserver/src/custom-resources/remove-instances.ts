import { isNotFound } from '@nestor/api';
import type { ServedResource } from '../registry/served-resource';
import { newestCache } from '../storage/cached-reads';
import { deleteOne } from '../storage/delete';
import { serverRequest } from '../storage/server-writes';
import type { StorageContext } from '../storage/storage-context';

const pauseMs = 500;

/** Deletes all objects of a resource and waits until their finalizers have let go. */
export async function removeInstances(context: StorageContext, served: ServedResource): Promise<void> {
  for (;;) {
    const { items } = (await newestCache(context, served.key)).list();
    if (items.length === 0 || context.shutdown.aborted) return;
    const { exchange } = serverRequest(served, { namespace: '', name: '' });
    for (const { namespace, name } of items) {
      try {
        await deleteOne(context, served, exchange, { namespace, name, options: { dryRun: false, preconditions: {} } });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
