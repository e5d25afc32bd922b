import type { DeepReadonly, PersistentVolumeClaim } from '@nestor/api';
import type { PodInfo } from '../../cache/pod-info';
import { notOwnClaim } from '../../volumes/ephemeral-claim';
import type { ClaimUse } from '../../volumes/pod-storage';
import { StorageView, className } from '../../volumes/storage-view';
import { bindCompleted } from './annotations';

export type Claim = DeepReadonly<PersistentVolumeClaim>;

export function isBound(claim: Claim): boolean {
  return Boolean(claim.spec?.volumeName) && claim.metadata.annotations?.[bindCompleted] !== undefined;
}

/** A pod's claims by what is to be done about them. */
export interface PodClaims {
  readonly bound: readonly Claim[];
  /** Bound once the pod has a node. */
  readonly delayed: readonly Claim[];
  /** Somebody else will bind them, whatever the pod. */
  readonly immediate: readonly Claim[];
}

/** Why the pod cannot use its claims as they are. */
export function claimRefusal(pod: PodInfo, storage: StorageView): string | undefined {
  for (const use of pod.storage?.claims ?? []) {
    const refusal = refusalOf(pod, use, storage);
    if (refusal) return refusal;
  }
  return undefined;
}

function refusalOf(pod: PodInfo, { name, key, isEphemeral }: ClaimUse, storage: StorageView): string | undefined {
  const quoted = JSON.stringify(name);
  const claim = storage.claims.get(key);
  if (!claim)
    return isEphemeral
      ? `waiting for ephemeral volume controller to create the persistentvolumeclaim ${quoted}`
      : `persistentvolumeclaim ${quoted} not found`;
  if (claim.status?.phase === 'Lost')
    return `persistentvolumeclaim ${quoted} bound to non-existent persistentvolume ${JSON.stringify(claim.spec?.volumeName ?? '')}`;
  if (claim.metadata.deletionTimestamp) return `persistentvolumeclaim ${quoted} is being deleted`;
  return isEphemeral ? notOwnClaim(pod, claim) : undefined;
}

/** As the claims are with what is assumed of them. */
export function podClaims(pod: PodInfo, storage: StorageView): PodClaims {
  const claims = { bound: [] as Claim[], delayed: [] as Claim[], immediate: [] as Claim[] };
  // Each once: two volumes of a pod may name the same.
  for (const key of new Set(pod.storage?.claims.map((use) => use.key))) {
    const claim = storage.claims.current(key);
    if (claim) claims[kindOf(claim, storage)].push(claim);
  }
  return claims;
}

function kindOf(claim: Claim, storage: StorageView): keyof PodClaims {
  if (isBound(claim)) return 'bound';
  const named = className(claim);
  const storageClass = named === '' ? undefined : storage.classes.get(named);
  if (!storageClass) return 'immediate';
  if (!storageClass.volumeBindingMode)
    throw new Error(`VolumeBindingMode not set for StorageClass ${JSON.stringify(named)}`);
  // One that names its volume is the binder's even so.
  return storageClass.volumeBindingMode === 'WaitForFirstConsumer' && !claim.spec?.volumeName ? 'delayed' : 'immediate';
}
