import {
  classOf,
  compareQuantities,
  forbidden,
  quantityFrom,
  type PersistentVolumeClaim,
  type StorageClass,
  type DeepReadonly,
} from '@nestor/api';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../../admission-plugin';

type Claim = DeepReadonly<PersistentVolumeClaim>;

/** Claims grow only where their class lets them (plugin PersistentVolumeClaimResize). */
export class PersistentVolumeClaimResizePlugin implements AdmissionPlugin {
  readonly name = 'PersistentVolumeClaimResize';
  constructor(private readonly reader: ObjectReader) {}

  handles({ operation, group, resource, subresource }: AdmissionRequest): boolean {
    return operation === 'UPDATE' && group === '' && subresource === '' && resource === 'persistentvolumeclaims';
  }

  async validate({ object, old }: AdmissionRequest): Promise<void> {
    const [claim, before] = [object as Claim, old as Claim];
    if (compareQuantities(requestOf(claim), requestOf(before)) <= 0) return;
    if (before.status?.phase !== 'Bound') throw refused(claim, 'Only bound persistent volume claims can be expanded');
    const className = classOf(claim);
    const found = className
      ? ((await this.reader.get('storageclasses.storage.k8s.io', '', className, { fresh: true })) as
          DeepReadonly<StorageClass> | undefined)
      : undefined;
    if (found?.allowVolumeExpansion) return;
    throw refused(
      claim,
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
  }
}

const requestOf = ({ spec }: Claim) => quantityFrom(spec?.resources?.requests?.['storage'] ?? '0');

const refused = ({ metadata }: Claim, why: string): Error =>
  forbidden({ group: '', resource: 'persistentvolumeclaims' }, metadata.name ?? '', why);
