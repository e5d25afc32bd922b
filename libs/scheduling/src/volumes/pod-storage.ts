import type { DeepReadonly, Pod } from '@nestor/api';

export type Volume = DeepReadonly<NonNullable<NonNullable<Pod['spec']>['volumes']>[number]>;

/** A claim that a pod uses. */
export interface ClaimUse {
  readonly name: string;
  /** namespace/name */
  readonly key: string;
  /** Made for the pod from the template in one of its volumes, and belonging to it. */
  readonly isEphemeral: boolean;
}

/** What of a pod's volumes matters to where it goes. */
export interface PodStorage {
  /** In the order of the volumes; one that several volumes name is there as often. */
  readonly claims: readonly ClaimUse[];
  /** Volumes that name a disk without a claim. */
  readonly disks: readonly Volume[];
}

function namesDisk(volume: Volume): boolean {
  return Boolean(
    volume.gcePersistentDisk ||
    volume.awsElasticBlockStore ||
    volume.azureDisk ||
    volume.cinder ||
    volume.portworxVolume ||
    volume.iscsi ||
    volume.rbd,
  );
}

function claimName(pod: DeepReadonly<Pod>, volume: Volume): string | undefined {
  if (volume.persistentVolumeClaim) return volume.persistentVolumeClaim.claimName;
  return volume.ephemeral && `${pod.metadata.name}-${volume.name}`;
}

/** Undefined for the many pods whose volumes (tokens, secrets, empty directories) can be anywhere. */
export function podStorage(pod: DeepReadonly<Pod>): PodStorage | undefined {
  const { volumes = [] } = pod.spec ?? {};
  const claims: ClaimUse[] = [];
  const disks: Volume[] = [];
  for (const volume of volumes) {
    const name = claimName(pod, volume);
    if (name !== undefined)
      claims.push({ name, key: `${pod.metadata.namespace ?? ''}/${name}`, isEphemeral: Boolean(volume.ephemeral) });
    else if (namesDisk(volume)) disks.push(volume);
  }
  return claims.length > 0 || disks.length > 0 ? { claims, disks } : undefined;
}
