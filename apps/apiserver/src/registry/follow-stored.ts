import type { CachedObject, ResourceCache } from '@nestor/watch';
import { followResource, type Follower } from './follow-resource';

export interface StoredFollower extends Pick<Follower, 'failed' | 'shutdown'> {
  /** An object as it is now. */
  put(object: CachedObject): void;
  /** An object that was put is stored no more. */
  remove(namespace: string, name: string): void;
}

/** Tells a follower what is stored of a resource, and what is not any more, from when this resolves until the server ends. */
export function followStored(resource: ResourceCache, { put, remove, ...rest }: StoredFollower): Promise<void> {
  const known = new Map<string, { namespace: string; name: string }>();
  const forget = (place: string, { namespace, name }: { namespace: string; name: string }): void => {
    known.delete(place);
    remove(namespace, name);
  };
  return followResource(resource, {
    ...rest,
    changed: ({ type, object }) => {
      const { namespace, name } = object;
      const place = `${namespace}/${name}`;
      if (type === 'DELETED') {
        forget(place, object);
        return;
      }
      if (!known.has(place)) known.set(place, { namespace, name });
      put(object);
    },
    // What the cache does not have any more went while it had lost its place.
    resumed: () => {
      for (const [place, one] of known) if (!resource.get(one.namespace, one.name)) forget(place, one);
    },
  });
}
