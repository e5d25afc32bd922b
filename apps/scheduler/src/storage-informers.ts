import type { DeepReadonly, PersistentVolume, PersistentVolumeClaim } from '@nestor/api';
import { InformerFactory, KubernetesClient, refs, type Informer, type TypedRef } from '@nestor/client';
import type { Scheduler, StorageKind, StorageKinds, VolumeWrites } from '@nestor/scheduling';
import type { ServedInformers } from './served-informers';

const served: { readonly [K in StorageKind]?: TypedRef<StorageKinds[K]> } = {
  StorageClass: refs.storageClasses,
  CSINode: refs.csiNodes,
  CSIDriver: refs.csiDrivers,
  CSIStorageCapacity: refs.csiStorageCapacities,
  VolumeAttachment: refs.volumeAttachments,
};

function follow<K extends StorageKind>(kind: K, informer: Informer<StorageKinds[K]>, scheduler: Scheduler): void {
  const set = (object: DeepReadonly<StorageKinds[K]>): void => scheduler.setStorage(kind, object);
  informer.addHandlers({ added: set, updated: set, deleted: (object) => scheduler.removeStorage(kind, object) });
}

/** Tells the scheduler of claims and volumes and of what says where they can be. Returns those that it must wait for. */
export function followStorage(scheduler: Scheduler, informers: InformerFactory, optional: ServedInformers) {
  const claims = informers.informer(refs.persistentVolumeClaims);
  const volumes = informers.informer(refs.persistentVolumes);
  follow('PersistentVolumeClaim', claims, scheduler);
  follow('PersistentVolume', volumes, scheduler);
  for (const kind of Object.keys(served) as StorageKind[]) {
    const ref = served[kind] as TypedRef<StorageKinds[typeof kind]> | undefined;
    if (ref) optional.when(ref, (informer) => follow(kind, informer, scheduler));
  }
  return { claims, volumes };
}

/** Writes whole objects of the version that the decision was made on: where one has changed since, it is refused. */
export function volumeWrites(client: KubernetesClient): VolumeWrites {
  const volumes = client.resource(refs.persistentVolumes);
  const claims = client.resource(refs.persistentVolumeClaims);
  return {
    updateVolume: (volume) => volumes.update(volume as PersistentVolume),
    updateClaim: (claim) => claims.update(claim as PersistentVolumeClaim),
  };
}
