import type { DeepReadonly } from '@nestor/api';
import type { PodInfo } from '../cache/pod-info';
import type { ClusterEvent, ClusterEventInterest, ObjectEvent } from '../framework/cluster-event';
import { keyOf } from './object-table';
import type { StorageKind, StorageKinds } from './storage-view';

interface StorageChange<K extends StorageKind> {
  readonly object: DeepReadonly<StorageKinds[K]>;
  /** The object as it was; undefined for a new one. */
  readonly before: DeepReadonly<StorageKinds[K]> | undefined;
}

/** An interest in what happens to storage objects of one kind. */
export function storageInterest<K extends StorageKind>(
  kind: K,
  action: 'Add' | 'Update' | 'Delete',
  helps?: (pod: PodInfo, change: StorageChange<K>) => boolean,
): ClusterEventInterest {
  if (!helps) return { kind: `${kind}/${action}` };
  return {
    kind: `${kind}/${action}`,
    helps: (pod: PodInfo, event: ClusterEvent) => helps(pod, event as ObjectEvent as unknown as StorageChange<K>),
  };
}

/** Whether the pod uses the claim. */
export function usesClaim(
  { storage }: PodInfo,
  { object }: StorageChange<'PersistentVolumeClaim'>,
  withEphemeral = true,
): boolean {
  const claim = keyOf(object);
  return storage?.claims.some(({ key, isEphemeral }) => key === claim && (withEphemeral || !isEphemeral)) ?? false;
}
