import { setTimeout as pause } from 'node:timers/promises';
import type { ObjectEvent, ResourceCache, WatchEvent, WatchRequest } from '@nestor/watch';

const retryMs = 250;

export interface Follower {
  /** Looks at what is stored, and says from where on it wants to be told; with nothing, all of it comes as events. */
  begin?(): Pick<WatchRequest, 'after'>;
  /** Every event but bookmarks. */
  changed(event: ObjectEvent): void;
  /** The cache had lost its place, and what is stored has been told of again. */
  resumed?(): void;
  /** Following again did not succeed; it is tried again in a moment. */
  failed(error: unknown): void;
  /** Ends it. */
  readonly shutdown: AbortSignal;
}

/** Keeps a follower of a resource up to date, from when this resolves until the server ends, whatever becomes of the cache. */
export async function followResource(resource: ResourceCache, follower: Follower): Promise<void> {
  await resource.ready();
  const write = (event: WatchEvent): boolean => {
    if (event.type !== 'BOOKMARK') follower.changed(event);
    return true;
  };
  const stop = (): void => watch.stop();
  const watch = await resource.watch(follower.begin?.() ?? {}, {
    write,
    end: () => {
      follower.shutdown.removeEventListener('abort', stop);
      void startOver(resource, follower);
    },
  });
  follower.shutdown.addEventListener('abort', stop, { once: true });
}

async function startOver(resource: ResourceCache, follower: Follower): Promise<void> {
  while (!follower.shutdown.aborted) {
    try {
      await followResource(resource, follower);
      follower.resumed?.();
      return;
    } catch (error) {
      follower.failed(error);
      await pause(retryMs);
    }
  }
}
