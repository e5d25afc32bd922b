import { semanticEqual, type PersistentVolumeClaim } from '@nestor/api';
import type { ObservedClaim, ObservedVolume } from './match-volume';

type Status = NonNullable<PersistentVolumeClaim['status']>;

/** On volumes that are larger already while their file system is not: the size before. */
const preResizeCapacity = 'volume.alpha.kubernetes.io/pre-resize-capacity';

/**
 * What a claim tells of its volume. The capacity is told when it becomes Bound and not touched afterwards: a claim may
 * be smaller than its volume until the file system has grown.
 */
export function boundStatus(claim: ObservedClaim, volume: ObservedVolume): Status {
  const before = (claim.status ?? {}) as Status;
  const accessModes = [...(volume.spec?.accessModes ?? [])];
  if (before.phase === 'Bound') return { ...before, accessModes };
  const preResize = volume.metadata.annotations?.[preResizeCapacity];
  const capacity = preResize ? { ...before.capacity, storage: preResize } : { ...volume.spec?.capacity };
  const attributes = volume.spec?.volumeAttributesClassName;
  return {
    ...before,
    phase: 'Bound',
    accessModes,
    capacity,
    ...(attributes ? { currentVolumeAttributesClassName: attributes } : {}),
  };
}

export const isSameStatus = (a: Status, b: ObservedClaim['status']): boolean => semanticEqual(a, b ?? {});
