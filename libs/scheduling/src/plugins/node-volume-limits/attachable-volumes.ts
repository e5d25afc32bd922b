import type { DeepReadonly, PersistentVolumeClaim } from '@nestor/api';
import type { PodInfo } from '../../cache/pod-info';
import { CsiVolume, csiVolumeOf, csiVolumeOfDisk, driverOf } from '../../volumes/csi-translation';
import { notOwnClaim } from '../../volumes/ephemeral-claim';
import { StorageView, className } from '../../volumes/storage-view';

/** Drivers by volumes, so that a volume that several use counts once. */
export type AttachableVolumes = Map<string, string>;

export function uniqueName({ driver, handle }: CsiVolume): string {
  return `${driver}/${handle}`;
}

/** A volume that is not there yet counts as one of its own. */
function provisioned(
  claim: DeepReadonly<PersistentVolumeClaim>,
  storage: StorageView,
  onNode: string,
): CsiVolume | undefined {
  const storageClass = storage.classes.get(className(claim));
  const driver = storageClass?.provisioner && driverOf(storageClass.provisioner, onNode);
  return driver ? { driver, handle: `unbound ${claim.metadata.namespace}/${claim.metadata.name}` } : undefined;
}

function volumeOf(
  claim: DeepReadonly<PersistentVolumeClaim>,
  storage: StorageView,
  onNode: string,
): CsiVolume | undefined {
  const volume = storage.volumes.get(claim.spec?.volumeName ?? '');
  return volume ? csiVolumeOf(volume, onNode) : provisioned(claim, storage, onNode);
}

/**
 * Adds the pod's volumes that a CSI driver attaches on a node with these migrated plugins. Claims that are missing or
 * another pod's own add nothing: `missing` hears of them.
 */
export function addAttachable(
  pod: PodInfo,
  storage: StorageView,
  onNode: string,
  found: AttachableVolumes,
  missing: (message: string) => void = () => undefined,
): void {
  const add = (volume: CsiVolume | undefined): void => {
    if (volume?.driver && volume.handle) found.set(uniqueName(volume), volume.driver);
  };
  for (const { name, key, isEphemeral } of pod.storage?.claims ?? []) {
    const claim = storage.claims.get(key);
    const foreign = claim && isEphemeral && notOwnClaim(pod, claim);
    if (!claim) missing(`looking up PVC ${key}: persistentvolumeclaim ${JSON.stringify(name)} not found`);
    else if (foreign) missing(foreign);
    else add(volumeOf(claim, storage, onNode));
  }
  for (const disk of pod.storage?.disks ?? []) add(csiVolumeOfDisk(disk, onNode));
}
