import {
  classOf,
  newestDefaultClass,
  type DeepReadonly,
  type PersistentVolumeClaim,
  type StorageClass,
} from '@nestor/api';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../../admission-plugin';

/** Claims that name no class get the default one; of several the newest (plugin DefaultStorageClass). */
export class DefaultStorageClassPlugin implements AdmissionPlugin {
  readonly name = 'DefaultStorageClass';
  constructor(private readonly reader: ObjectReader) {}

  handles({ operation, group, resource, subresource }: AdmissionRequest): boolean {
    return operation === 'CREATE' && group === '' && subresource === '' && resource === 'persistentvolumeclaims';
  }

  async admit({ object }: AdmissionRequest): Promise<void> {
    const claim = object as PersistentVolumeClaim;
    if (classOf(claim) !== undefined) return;
    const classes = (await this.reader.list('storageclasses.storage.k8s.io')) as readonly DeepReadonly<StorageClass>[];
    const newest = newestDefaultClass(classes);
    if (newest && claim.spec) claim.spec.storageClassName = newest.metadata.name;
  }
}
