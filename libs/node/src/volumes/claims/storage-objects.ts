import type { CsiDriver, PersistentVolume, PersistentVolumeClaim, VolumeAttachment } from '@nestor/api';
import { refs, type KubernetesClient, type ResourceClient } from '@nestor/client';

/** What the API knows about the volumes of claims. Read anew each time: pods wait for it to change. */
export interface StorageObjects {
  claims: Pick<ResourceClient<PersistentVolumeClaim>, 'get' | 'patch'>;
  volumes: Pick<ResourceClient<PersistentVolume>, 'get'>;
  attachments: Pick<ResourceClient<VolumeAttachment>, 'get'>;
  drivers: Pick<ResourceClient<CsiDriver>, 'get'>;
}

export function storageObjects(client: KubernetesClient): StorageObjects {
  return {
    claims: client.resource(refs.persistentVolumeClaims),
    volumes: client.resource(refs.persistentVolumes),
    attachments: client.resource(refs.volumeAttachments),
    drivers: client.resource(refs.csiDrivers),
  };
}
