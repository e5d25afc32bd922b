import type { DeepReadonly, PersistentVolume } from '@nestor/api';

export interface SecretPlace {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The secrets with which nodes mount a volume (upstream: VisitPVSecretNames, those that are kubeletVisible). What only
 * controllers need is none of the node's business.
 */
export function volumeSecrets({ spec }: DeepReadonly<PersistentVolume>): SecretPlace[] {
  if (!spec) return [];
  const { azureFile, csi, cinder, storageos, cephfs, flexVolume, rbd, scaleIO, iscsi } = spec;
  const ofClaim = spec.claimRef?.namespace ?? '';
  const inDefault = (cephfs ?? flexVolume ?? rbd ?? scaleIO ?? iscsi)?.secretRef;
  const given = [
    csi?.nodePublishSecretRef,
    csi?.nodeStageSecretRef,
    csi?.nodeExpandSecretRef,
    (cinder ?? storageos)?.secretRef,
    inDefault && { ...inDefault, namespace: inDefault.namespace || ofClaim },
    azureFile && { name: azureFile.secretName, namespace: azureFile.secretNamespace || ofClaim },
  ];
  return given.flatMap((one) => (one?.name ? { namespace: one.namespace ?? '', name: one.name } : []));
}
