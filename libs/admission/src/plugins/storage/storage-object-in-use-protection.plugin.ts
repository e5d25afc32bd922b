import type { AdmissionPlugin, AdmissionRequest } from '../../admission-plugin';

const finalizers: Readonly<Record<string, string>> = {
  persistentvolumeclaims: 'kubernetes.io/pvc-protection',
  persistentvolumes: 'kubernetes.io/pv-protection',
};

/** Claims and volumes stay until nobody uses them (plugin StorageObjectInUseProtection). */
export class StorageObjectInUseProtectionPlugin implements AdmissionPlugin {
  readonly name = 'StorageObjectInUseProtection';

  handles({ operation, group, resource, subresource }: AdmissionRequest): boolean {
    return operation === 'CREATE' && group === '' && subresource === '' && resource in finalizers;
  }

  admit({ object, resource }: AdmissionRequest): void {
    const finalizer = finalizers[resource];
    if (!object || !finalizer || object.metadata.finalizers?.includes(finalizer)) return;
    object.metadata.finalizers = [...(object.metadata.finalizers ?? []), finalizer];
  }
}
