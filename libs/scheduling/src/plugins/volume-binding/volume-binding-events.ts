import { isDeepStrictEqual } from 'node:util';
import { ClusterEventInterest, interest } from '../../framework/cluster-event';
import { migratedOn } from '../../volumes/csi-translation';
import { storageInterest, usesClaim } from '../../volumes/storage-events';
import { largestVolume } from './provision-check';

/** What may help a pod that VolumeBinding refused. */
export const volumeBindingEvents: readonly ClusterEventInterest[] = [
  storageInterest('StorageClass', 'Add'),
  storageInterest(
    'StorageClass',
    'Update',
    (_pod, { object, before }) => !isDeepStrictEqual(object.allowedTopologies, before?.allowedTopologies),
  ),
  storageInterest('PersistentVolumeClaim', 'Add', (pod, change) => usesClaim(pod, change)),
  storageInterest('PersistentVolumeClaim', 'Update', (pod, change) => usesClaim(pod, change)),
  storageInterest('PersistentVolume', 'Add'),
  storageInterest('PersistentVolume', 'Update'),
  interest('NodeAdded'),
  interest('NodeUpdated', (_pod, { changed }) => changed.has('labels')),
  storageInterest('CSINode', 'Add'),
  storageInterest('CSINode', 'Update', (_pod, { object, before }) => migratedOn(object) !== migratedOn(before)),
  storageInterest(
    'CSIDriver',
    'Update',
    (_pod, { object, before }) => Boolean(before?.spec.storageCapacity) && !object.spec.storageCapacity,
  ),
  storageInterest('CSIStorageCapacity', 'Add'),
  storageInterest('CSIStorageCapacity', 'Update', (_pod, { object, before }) => {
    const [largest, was] = [largestVolume(object), before && largestVolume(before)];
    return largest !== undefined && (was === undefined || largest > was);
  }),
];
