import { setTimeout as pause } from 'node:timers/promises';
import { ApiError, Pod, isConflict, isNotFound } from '@nestor/api';
import type { ResourceClient } from '@nestor/client';
import type { PodInfo, PostBinding } from '@nestor/scheduling';

const firstPauseMs = 50;
const longestPauseMs = 1000;

/**
 * Binds through the pods/binding subresource, to this very pod: one of the same name made since is refused. An answer
 * that got lost may have been a yes, or the request may yet arrive, and then the room is taken: the same binding is
 * sent again until it is known what came of it. The pod holds its room meanwhile; given back too early it would be
 * promised twice.
 */
export function postBinding(pods: ResourceClient<Pod>): PostBinding {
  return async (pod, node, signal) => {
    let inDoubt = false;
    for (let waitMs = firstPauseMs; ; waitMs = Math.min(longestPauseMs, waitMs * 2)) {
      try {
        return await post(pods, pod, node);
      } catch (error) {
        if (isDoubtful(error)) inDoubt = true;
        else if (isConflict(error)) {
          const seen = await fateOf(pods, pod, node);
          if (seen === 'bound') return;
          inDoubt ||= seen === 'unknown';
          // It cannot be bound any more, or nothing but this refused attempt was made.
          if (seen === 'lost' || !inDoubt) throw error;
        } else if (!inDoubt || !isOverload(error)) throw error;
      }
      await pause(waitMs, undefined, { signal });
    }
  };
}

async function post(pods: ResourceClient<Pod>, { pod }: PodInfo, node: string): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  const binding = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, namespace, uid },
    target: { apiVersion: 'v1', kind: 'Node', name: node },
  };
  await pods.createSubresource(name ?? '', namespace, 'binding', binding);
}

/** 'lost' when it can no longer be bound there, 'open' when it can. */
async function fateOf(
  pods: ResourceClient<Pod>,
  { pod, uid }: PodInfo,
  node: string,
): Promise<'bound' | 'lost' | 'open' | 'unknown'> {
  try {
    const { metadata, spec } = await pods.get(pod.metadata.name ?? '', pod.metadata.namespace);
    if (metadata.uid !== uid) return 'lost';
    if (spec?.nodeName) return spec.nodeName === node ? 'bound' : 'lost';
    return metadata.deletionTimestamp ? 'lost' : 'open';
  } catch (error) {
    return isNotFound(error) ? 'lost' : 'unknown';
  }
}

/** The server may have done it all the same. It has not where it says that it would not, or where nothing was sent. */
function isDoubtful(error: unknown): boolean {
  return error instanceof ApiError && error.code >= 500;
}

/** Turned away before it was looked at: says nothing of an earlier attempt. */
function isOverload(error: unknown): boolean {
  return error instanceof ApiError && error.code === 429;
}
