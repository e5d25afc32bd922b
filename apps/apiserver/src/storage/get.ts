import type { CachedObject } from '@nestor/watch';
import type { Exchange } from '../http/exchange';
import { Accepted, negotiate } from '../http/media-type';
import { sendBytes, sendObject } from '../http/respond';
import type { ServedResource } from '../registry/served-resource';
import { cacheAt, missing } from './cached-reads';
import type { StorageContext } from './storage-context';
import { includeObjectOf, partialMetadata, tableOf } from './table';
import { bytesAt } from './versioned-bytes';

/** The forms one object can be asked for in. */
export const objectForms = ['Table', 'PartialObjectMetadata'] as const;

export async function getObject(context: StorageContext, served: ServedResource, exchange: Exchange): Promise<void> {
  const { info, query, request } = exchange;
  const accepted = negotiate(request.headers.accept, objectForms);
  const cache = await cacheAt(context, served.key, query.get('resourceVersion') ?? '');
  // A namespace's request is "in" itself for authorization, but its object is in none.
  const found = cache.get(served.definition.namespaced ? info.namespace : '', info.name);
  if (!found) throw missing(served, info.name);
  sendCached(exchange, served, found, { accepted, code: 200 });
}

export function sendCached(
  exchange: Exchange,
  served: ServedResource,
  object: CachedObject,
  { accepted, code }: { accepted: Accepted; code: number },
): void {
  const { as, version } = accepted;
  if (as === 'Table') {
    const metadata = { resourceVersion: String(object.revision) };
    sendObject(
      exchange,
      code,
      tableOf(served, [object], { version, metadata, include: includeObjectOf(exchange.query) }),
      accepted,
    );
  } else if (as === 'PartialObjectMetadata') {
    sendObject(exchange, code, partialMetadata(object.object(), version), accepted);
  } else sendBytes(exchange, code, bytesAt(served, object), accepted);
}
