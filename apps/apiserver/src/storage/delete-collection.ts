import { isNotFound, methodNotSupported } from '@nestor/api';
import type { CachedObject } from '@nestor/watch';
import type { Exchange } from '../http/exchange';
import { sendItems } from '../http/send-items';
import type { ServedResource } from '../registry/served-resource';
import { deleteOne } from './delete';
import { readDeleteOptions } from './delete-options';
import { plainForm, readPage } from './list';
import { selectionOf } from './selection';
import type { StorageContext } from './storage-context';

/** Enough in flight to fill a group commit, few enough to leave room for others. */
const concurrency = 16;

export async function deleteCollection(
  context: StorageContext,
  served: ServedResource,
  exchange: Exchange,
): Promise<void> {
  const { info, query } = exchange;
  if (served.definition.namespaced && info.namespace === '') throw methodNotSupported(served.groupResource, 'DELETE');
  const options = await readDeleteOptions(exchange);
  const page = await readPage(context, served, {
    namespace: info.namespace,
    query,
    selection: selectionOf(served, query),
  });
  const waiting = [...page.items];
  const deleteNext = async (): Promise<void> => {
    for (let item = waiting.shift(); item; item = waiting.shift()) await deleteItem(item);
  };
  const deleteItem = async ({ namespace, name }: CachedObject): Promise<void> => {
    try {
      await deleteOne(context, served, exchange, { namespace, name, options });
    } catch (error) {
      // Somebody else was faster, which is what was asked for.
      if (!isNotFound(error)) throw error;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, deleteNext));
  const form = plainForm(served, { resourceVersion: String(page.revision) });
  await sendItems(exchange, page.items, form);
}
