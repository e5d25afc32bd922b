import { atomic, inPackage, named, struct } from './overlay';
import type { Overlay } from './overlay';

/** k8s.io/api/storage/v1 */
export const storageOverlay: Overlay = inPackage('io.k8s.api.storage.v1.', {
  StorageClass: {
    allowedTopologies: atomic,
    metadata: struct,
    mountOptions: atomic,
    reclaimPolicy: named('PersistentVolumeReclaimPolicy', 'Delete'),
    volumeBindingMode: named('VolumeBindingMode', 'Immediate'),
  },
  StorageClassList: { metadata: struct },
});
