import { badRequest, field, invalid, isExpired } from '@nestor/api';
import type { CachedObject, CacheView, ListPage } from '@nestor/watch';
import type { Exchange } from '../http/exchange';
import { type Accepted, negotiate } from '../http/media-type';
import { type ItemsForm, sendItems } from '../http/send-items';
import type { ServedResource } from '../registry/served-resource';
import { cacheAt, newestCache, openCache, parseResourceVersion } from './cached-reads';
import { continueExpired, ContinuePoint, decodeContinue, encodeContinue } from './continue-token';
import { Selection, selectionOf } from './selection';
import type { StorageContext } from './storage-context';
import { includeObjectOf, ListMeta, partialMetadata, rowsOf, tableHead } from './table';
import { bytesAt } from './versioned-bytes';

export const listForms = ['Table', 'PartialObjectMetadataList'] as const;

export async function listObjects(context: StorageContext, served: ServedResource, exchange: Exchange): Promise<void> {
  const { info, query, request } = exchange;
  const accepted = negotiate(request.headers.accept, listForms);
  const selection = selectionOf(served, query);
  const page = await readPage(context, served, { namespace: info.namespace, query, selection });
  await sendItems(exchange, page.items, formOf(served, accepted, { metadata: listMeta(page), query }), accepted);
}

/** What the answer is around the items, and each of them, in the form that was asked for. */
function formOf(
  served: ServedResource,
  { as, version }: Accepted,
  { metadata, query }: { metadata: ListMeta; query: URLSearchParams },
): ItemsForm<CachedObject> {
  if (as === 'Table') {
    const row = rowsOf(served, { include: includeObjectOf(query), version });
    const head = tableHead(served, { version, metadata });
    return { head, field: 'rows', item: (object) => Buffer.from(JSON.stringify(row(object))) };
  }
  if (as === 'PartialObjectMetadataList') {
    const apiVersion = `meta.k8s.io/${version || 'v1'}`;
    const item = (object: CachedObject): Buffer =>
      Buffer.from(JSON.stringify(partialMetadata(object.object(), version)));
    return { head: { kind: as, apiVersion, metadata }, field: 'items', item };
  }
  return plainForm(served, metadata);
}

/** The objects' own bytes: nothing is parsed. */
export function plainForm(served: ServedResource, metadata: ListMeta): ItemsForm<CachedObject> {
  const head = { kind: served.definition.listKind, apiVersion: served.apiVersion, metadata };
  return { head, field: 'items', item: (object) => bytesAt(served, object) };
}

export interface PageRequest {
  namespace: string;
  query: URLSearchParams;
  selection: Selection;
}

/** One page of a list, at the revision the query asks for. */
export async function readPage(context: StorageContext, served: ServedResource, asked: PageRequest): Promise<ListPage> {
  const { query, selection } = asked;
  const limit = limitOf(query);
  const token = query.get('continue') ?? '';
  const view = await viewFor(context, served, query, token);
  const namespace = asked.namespace || selection.namespace || '';
  if (selection.name !== undefined && namespace !== '' && token === '') {
    // A name pins one object: a get costs less than a scan.
    const found = view.get(namespace, selection.name);
    const items = found && (selection.matches?.(found) ?? true) ? [found] : [];
    return { revision: view.revision, items, more: false };
  }
  const request = {
    namespace: namespace || undefined,
    matches: selection.matches,
    label: selection.label,
    limit,
    after: token === '' ? undefined : decodeContinue(token).after,
  };
  await view.prepare(request);
  return view.list(request);
}

async function viewFor(
  context: StorageContext,
  served: ServedResource,
  query: URLSearchParams,
  token: string,
): Promise<CacheView> {
  const resourceVersion = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  checkMatch(resourceVersion, match, token);
  if (token !== '') return continueView(context, served, decodeContinue(token));
  if (match === 'Exact') {
    const revision = parseResourceVersion(resourceVersion);
    const cache = await cacheAt(context, served.key, resourceVersion);
    return cache.viewAt(revision);
  }
  const cache = await cacheAt(context, served.key, resourceVersion);
  // Only a limited list may be continued, so only that one needs a state that is remembered.
  return query.has('limit') ? cache.view() : cache;
}

async function continueView(context: StorageContext, served: ServedResource, point: ContinuePoint): Promise<CacheView> {
  if (point.revision < 0) return (await newestCache(context, served.key)).view();
  const cache = await openCache(context, served.key);
  await cache.waitFor(point.revision);
  try {
    return await cache.viewAt(point.revision);
  } catch (error) {
    throw isExpired(error) ? continueExpired(point) : error;
  }
}

function checkMatch(resourceVersion: string, match: string, token: string): void {
  const refuse = (why: string): Error =>
    invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [field.forbidden('resourceVersionMatch', why)]);
  if (token !== '' && resourceVersion !== '' && resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  if (match === '') return;
  if (resourceVersion === '') throw refuse('resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (token !== '') throw refuse('resourceVersionMatch is forbidden when continue is provided');
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
      field.notSupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']),
    ]);
  }
  if (match === 'Exact' && resourceVersion === '0') {
    throw refuse('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
}

function limitOf(query: URLSearchParams): number | undefined {
  const text = query.get('limit');
  if (text === null || text === '' || text === '0') return undefined;
  const limit = Number(text);
  if (!Number.isSafeInteger(limit))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return limit > 0 ? limit : undefined;
}

function listMeta(page: ListPage): ListMeta {
  const last = page.items[page.items.length - 1];
  return {
    resourceVersion: String(page.revision),
    ...(page.more && last
      ? {
          continue: encodeContinue({ revision: page.revision, after: { namespace: last.namespace, name: last.name } }),
          ...(page.remaining !== undefined ? { remainingItemCount: page.remaining } : {}),
        }
      : {}),
  };
}
