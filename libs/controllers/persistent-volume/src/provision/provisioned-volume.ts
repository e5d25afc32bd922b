import { classOf, provisionedBy, type DeepReadonly, type PersistentVolume, type StorageClass } from '@nestor/api';
import type { ObservedClaim } from '../binder/match-volume';

export const provisionedName = (claim: ObservedClaim): string => `pvc-${claim.metadata.uid}`;

export interface Provisioned {
  provisioner: string;
  finalizer: string;
  annotations?: Record<string, string>;
  /** Where the storage is, and who reaches it. */
  spec: Partial<NonNullable<PersistentVolume['spec']>>;
}

/** The volume that is made for a claim, kept for it from the start. */
export function provisionedVolume(
  claim: ObservedClaim,
  storageClass: DeepReadonly<StorageClass>,
  { provisioner, finalizer, annotations, spec }: Provisioned,
): PersistentVolume {
  const { namespace, name, uid, resourceVersion } = claim.metadata;
  const policy = storageClass.reclaimPolicy ?? 'Delete';
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: provisionedName(claim),
      annotations: { [provisionedBy]: provisioner, ...annotations },
      ...(policy === 'Delete' ? { finalizers: [finalizer] } : {}),
    },
    spec: {
      capacity: { storage: claim.spec?.resources?.requests?.['storage'] ?? '0' },
      accessModes: [...(claim.spec?.accessModes ?? [])],
      volumeMode: claim.spec?.volumeMode ?? 'Filesystem',
      persistentVolumeReclaimPolicy: policy,
      storageClassName: classOf(claim),
      claimRef: { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid, resourceVersion },
      ...spec,
    },
  };
}
