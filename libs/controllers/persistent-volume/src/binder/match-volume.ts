import {
  classOf,
  compareQuantities,
  labelSelectorMatcher,
  quantityFrom,
  volumeClassOf,
  type DeepReadonly,
  type PersistentVolume,
  type PersistentVolumeClaim,
} from '@nestor/api';

export type ObservedClaim = DeepReadonly<PersistentVolumeClaim>;
export type ObservedVolume = DeepReadonly<PersistentVolume>;

/** The volume is kept for the claim: by name, and by uid once it is bound (IsVolumeBoundToClaim). */
export const isFor = (volume: ObservedVolume, claim: ObservedClaim): boolean => {
  const { claimRef } = volume.spec ?? {};
  return (
    claimRef?.namespace === claim.metadata.namespace &&
    claimRef?.name === claim.metadata.name &&
    (!claimRef?.uid || claimRef.uid === claim.metadata.uid)
  );
};

const storageOf = (list: Readonly<Record<string, string>> | undefined) => quantityFrom(list?.['storage'] ?? '0');
const capacityOf = (volume: ObservedVolume) => storageOf(volume.spec?.capacity);

/** Why a volume that a claim asks for by name may not be its volume (checkVolumeSatisfyClaim). */
export function mismatch(volume: ObservedVolume, claim: ObservedClaim): string | undefined {
  if (volume.metadata.deletionTimestamp) return `the volume is marked for deletion "${volume.metadata.name}"`;
  if (!isLargeEnough(volume, claim)) return 'requested PV is too small';
  if (volumeClassOf(volume) !== (classOf(claim) ?? '')) return 'storageClassName does not match';
  if (!isOfAttributes(volume, claim)) return 'volumeAttributesClassName does not match';
  if (!isOfMode(volume, claim)) return 'incompatible volumeMode';
  return offersModes(volume, claim) ? undefined : 'incompatible accessMode';
}

/** The volume kept for the claim, else the smallest free one that satisfies it (volume.FindMatchingVolume). */
export function matchVolume(
  volumes: readonly ObservedVolume[],
  claim: ObservedClaim,
  onlyKept = false,
): ObservedVolume | undefined {
  const fitting = volumes.filter((volume) => fits(volume, claim));
  const kept = fitting.find((volume) => isFor(volume, claim));
  if (kept || onlyKept) return kept;
  const { selector } = claim.spec ?? {};
  const matches = selector ? labelSelectorMatcher(selector) : undefined;
  const className = classOf(claim) ?? '';
  let smallest: ObservedVolume | undefined;
  for (const volume of fitting) {
    if (volume.spec?.claimRef || volume.status?.phase !== 'Available') continue;
    if (volumeClassOf(volume) !== className || (matches && !matches(volume.metadata.labels))) continue;
    if (!smallest || compareQuantities(capacityOf(volume), capacityOf(smallest)) < 0) smallest = volume;
  }
  return smallest;
}

/** What even a volume that is kept for the claim must have. */
function fits(volume: ObservedVolume, claim: ObservedClaim): boolean {
  return (
    !volume.metadata.deletionTimestamp &&
    isLargeEnough(volume, claim) &&
    isOfMode(volume, claim) &&
    isOfAttributes(volume, claim) &&
    offersModes(volume, claim)
  );
}

const isLargeEnough = (volume: ObservedVolume, claim: ObservedClaim): boolean =>
  compareQuantities(capacityOf(volume), storageOf(claim.spec?.resources?.requests)) >= 0;
const isOfMode = (volume: ObservedVolume, claim: ObservedClaim): boolean =>
  (volume.spec?.volumeMode ?? 'Filesystem') === (claim.spec?.volumeMode ?? 'Filesystem');
const isOfAttributes = (volume: ObservedVolume, claim: ObservedClaim): boolean =>
  (volume.spec?.volumeAttributesClassName ?? '') === (claim.spec?.volumeAttributesClassName ?? '');
const offersModes = (volume: ObservedVolume, claim: ObservedClaim): boolean =>
  (claim.spec?.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode));
