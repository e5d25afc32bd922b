import { ApiError, badRequest, notFound } from '@nestor/api';
import type { CachedObject, ResourceCache } from '@nestor/watch';
import type { ServedResource } from '../registry/served-resource';
import type { StorageContext } from './storage-context';

/** The cache of a resource, loaded. */
export async function openCache(context: StorageContext, key: string): Promise<ResourceCache> {
  const cache = context.cache.resource(key);
  await cache.ready();
  return cache;
}

/** The cache at or past the newest commit there is: what a read without a resourceVersion promises. */
export async function newestCache(context: StorageContext, key: string): Promise<ResourceCache> {
  const revision = await context.store.currentRevision();
  const cache = await openCache(context, key);
  await cache.waitFor(revision);
  return cache;
}

/** The cache as fresh as a resourceVersion parameter asks: '' the newest, '0' whatever there is, N at least N. */
export async function cacheAt(context: StorageContext, key: string, resourceVersion: string): Promise<ResourceCache> {
  if (resourceVersion === '') return newestCache(context, key);
  const revision = parseResourceVersion(resourceVersion);
  const cache = await openCache(context, key);
  if (revision > 0) await cache.waitFor(revision);
  return cache;
}

export function parseResourceVersion(text: string): number {
  if (!/^\d{1,16}$/.test(text)) {
    throw badRequest(
      `Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return Number(text);
}

export function missing(served: ServedResource, name: string): ApiError {
  return notFound(served.groupResource, name);
}

/**
 * The object as the cache knows it, which may be behind: for writes alone, where the store refuses what is. The newest
 * state is waited for only when the cache has nothing.
 */
export async function knownObject(
  context: StorageContext,
  key: string,
  namespace: string,
  name: string,
): Promise<CachedObject | undefined> {
  const cached = (await openCache(context, key)).get(namespace, name);
  return cached ?? newestObject(context, key, namespace, name);
}

/** The object at or past the newest commit there is: whoever has written it finds what was written. */
export async function newestObject(
  context: StorageContext,
  key: string,
  namespace: string,
  name: string,
): Promise<CachedObject | undefined> {
  return (await newestCache(context, key)).get(namespace, name);
}
