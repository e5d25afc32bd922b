import {
  classOf,
  compareQuantities,
  labelSelectorMatcher,
  quantityFrom,
  type DeepReadonly,
  type PersistentVolume,
  type PersistentVolumeClaim,
} from '@nestor/api';

export type ObservedClaim = DeepReadonly<PersistentVolumeClaim>;
export type ObservedVolume = DeepReadonly<PersistentVolume>;

export const isFor = (volume: ObservedVolume, claim: ObservedClaim): boolean => {
  const { claimRef } = volume.spec ?? {};
  return (
    claimRef?.namespace === claim.metadata.namespace &&
    claimRef?.name === claim.metadata.name &&
    (!claimRef?.uid || claimRef.uid === claim.metadata.uid)
  );
};

const storageOf = (list: Readonly<Record<string, string>> | undefined) => quantityFrom(list?.['storage'] ?? '0');

export function isLargeEnough(volume: ObservedVolume, claim: ObservedClaim): boolean {
  return compareQuantities(storageOf(volume.spec?.capacity), storageOf(claim.spec?.resources?.requests)) >= 0;
}

/** Class, mode, access and size: what a volume that a claim names must have as well (checkVolumeSatisfyClaim). */
export function satisfies(volume: ObservedVolume, claim: ObservedClaim): boolean {
  const modes = volume.spec?.accessModes ?? [];
  return (
    isLargeEnough(volume, claim) &&
    (volume.spec?.storageClassName ?? '') === (classOf(claim) ?? '') &&
    (volume.spec?.volumeMode ?? 'Filesystem') === (claim.spec?.volumeMode ?? 'Filesystem') &&
    (volume.spec?.volumeAttributesClassName ?? '') === (claim.spec?.volumeAttributesClassName ?? '') &&
    (claim.spec?.accessModes ?? []).every((mode) => modes.includes(mode))
  );
}

/** The volume kept for the claim, else the smallest free one that satisfies it (volume.FindMatchingVolume). */
export function matchVolume(volumes: readonly ObservedVolume[], claim: ObservedClaim): ObservedVolume | undefined {
  const kept = volumes.find((volume) => isFor(volume, claim) && !volume.metadata.deletionTimestamp);
  if (kept) return satisfies(kept, claim) ? kept : undefined;
  const { selector } = claim.spec ?? {};
  const matches = selector ? labelSelectorMatcher(selector) : undefined;
  let smallest: ObservedVolume | undefined;
  for (const volume of volumes) {
    const isFree = !volume.spec?.claimRef && !volume.metadata.deletionTimestamp;
    if (!isFree || !satisfies(volume, claim) || (matches && !matches(volume.metadata.labels))) continue;
    if (!smallest || compareQuantities(storageOf(volume.spec?.capacity), storageOf(smallest.spec?.capacity)) < 0)
      smallest = volume;
  }
  return smallest;
}
