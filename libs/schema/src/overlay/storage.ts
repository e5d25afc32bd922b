import { atomic, inPackage, initially, mergeMap, named, quantity, set, struct } from './overlay';
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
  CSIDriver: { metadata: struct, spec: struct },
  CSIDriverList: { metadata: struct },
  CSIDriverSpec: {
    attachRequired: initially(true),
    fsGroupPolicy: named('FSGroupPolicy', 'ReadWriteOnceWithFSType'),
    podInfoOnMount: initially(false),
    requiresRepublish: initially(false),
    seLinuxMount: initially(false),
    storageCapacity: initially(false),
    tokenRequests: atomic,
    volumeLifecycleModes: { ...set, items: { type: 'string', goType: 'v1.VolumeLifecycleMode' } },
  },
  CSINode: { metadata: struct, spec: struct },
  CSINodeList: { metadata: struct },
  CSINodeDriver: { topologyKeys: atomic },
  CSINodeSpec: { drivers: mergeMap('name') },
  CSIStorageCapacity: { capacity: quantity, maximumVolumeSize: quantity, metadata: struct },
  CSIStorageCapacityList: { metadata: struct },
  VolumeAttachment: { metadata: struct, spec: struct, status: struct },
  VolumeAttachmentList: { metadata: struct },
  VolumeAttachmentSpec: { source: struct },
  VolumeAttributesClass: { metadata: struct },
  VolumeAttributesClassList: { metadata: struct },
});
