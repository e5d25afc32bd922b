import type { FieldError } from '../errors/field-error';
import type { CsiStorageCapacity } from '../meta/json-types';
import { isDns1123Subdomain } from '../meta/names';
import { column, defineKind, nameColumn } from '../registry/define-kind';
import { invalidEach, validateImmutable } from '../validation/checks';

const validate = ({ storageClassName }: CsiStorageCapacity): FieldError[] =>
  invalidEach(storageClassName, isDns1123Subdomain(storageClassName), 'storageClassName');

export const csiStorageCapacityDefinition = defineKind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  namespaced: true,
  definition: 'io.k8s.api.storage.v1.CSIStorageCapacity',
  strategy: {
    validate,
    validateUpdate: (capacity: CsiStorageCapacity, old: CsiStorageCapacity) => [
      ...validate(capacity),
      ...validateImmutable(capacity.nodeTopology, old.nodeTopology, 'nodeTopology'),
      ...validateImmutable(capacity.storageClassName, old.storageClassName, 'storageClassName'),
    ],
  },
  columns: [nameColumn, column('StorageClassName'), column('Capacity')],
  cells: ({ metadata, storageClassName, capacity }: CsiStorageCapacity) => [
    metadata.name,
    storageClassName,
    capacity ?? '<unset>',
  ],
});
