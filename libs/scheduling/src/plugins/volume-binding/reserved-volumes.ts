import type { StorageView } from '../../volumes/storage-view';
import { boundByController, selectedNode } from './annotations';
import type { NodeVolumes } from './node-volumes';
import type { Claim } from './pod-claims';
import type { PersistentVolumeView } from './volume-choice';

/** A volume that is to name its claim; `written` once the API server has it. */
export interface ReservedVolume {
  readonly claim: Claim;
  readonly assumed: PersistentVolumeView;
  /** False for one that named the claim before. */
  readonly isChanged: boolean;
  written?: PersistentVolumeView;
}

/** A claim that is to name the node for its provisioner. */
export interface ReservedProvision {
  readonly assumed: Claim;
  written?: Claim;
}

export interface ReservedVolumes {
  readonly volumes: readonly ReservedVolume[];
  readonly provisions: readonly ReservedProvision[];
}

/** As volume.GetBindVolumeToClaim: the annotation tells the binder that it may take the binding back. */
function namingClaim(volume: PersistentVolumeView, { metadata }: Claim): PersistentVolumeView {
  const { namespace, name, uid, resourceVersion } = metadata;
  const own: Record<string, string> = volume.spec?.claimRef ? {} : { [boundByController]: 'yes' };
  return {
    ...volume,
    metadata: { ...volume.metadata, annotations: { ...volume.metadata.annotations, ...own } },
    spec: {
      ...volume.spec,
      claimRef: { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid, resourceVersion },
    },
  };
}

function namingNode(claim: Claim, node: string): Claim {
  const annotations = { ...claim.metadata.annotations, [selectedNode]: node };
  return { ...claim, metadata: { ...claim.metadata, annotations } };
}

/** Takes volumes and claims to be as they will be; when one of them is no longer as it was, none is. */
export function reserveVolumes(
  { matches, provisions }: NodeVolumes,
  node: string,
  storage: StorageView,
): ReservedVolumes {
  const reserved = { volumes: [] as ReservedVolume[], provisions: [] as ReservedProvision[] };
  try {
    for (const { claim, volume } of matches) {
      const isChanged = volume.spec?.claimRef?.uid !== claim.metadata.uid;
      const assumed = isChanged ? namingClaim(volume, claim) : volume;
      if (isChanged) storage.volumes.assume(volume, assumed);
      reserved.volumes.push({ claim, assumed, isChanged });
    }
    for (const claim of provisions) {
      const assumed = namingNode(claim, node);
      storage.claims.assume(claim, assumed);
      reserved.provisions.push({ assumed });
    }
  } catch (error) {
    releaseVolumes(reserved, storage);
    throw error;
  }
  return reserved;
}

/** Gives back what has not been written. Returns the volumes that are free again. */
export function releaseVolumes({ volumes, provisions }: ReservedVolumes, storage: StorageView): PersistentVolumeView[] {
  for (const { assumed, written } of provisions) if (!written) storage.claims.restore(assumed);
  return volumes.flatMap(({ assumed, written }) => (!written && storage.volumes.restore(assumed) ? [assumed] : []));
}
