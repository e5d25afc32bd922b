import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { DeepReadonly, StorageClass } from '../meta/json-types';
import { isQualifiedName } from '../meta/names';
import { semanticEqual } from '../meta/semantic-equal';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import { invalidEach } from '../validation/checks';

const policies = ['Delete', 'Retain'];
const bindingModes = ['Immediate', 'WaitForFirstConsumer'];
const defaultAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

export function isDefaultStorageClass({ metadata }: DeepReadonly<Pick<StorageClass, 'metadata'>>): boolean {
  return defaultAnnotations.some((name) => metadata.annotations?.[name] === 'true');
}

/** The class that claims without one get: of several the newest. */
export function newestDefaultClass(
  classes: readonly DeepReadonly<StorageClass>[],
): DeepReadonly<StorageClass> | undefined {
  return classes.filter(isDefaultStorageClass).sort(newestFirst)[0];
}

function newestFirst(a: DeepReadonly<StorageClass>, b: DeepReadonly<StorageClass>): number {
  const [left = '', right = ''] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (left !== right) return left < right ? 1 : -1;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}

function validate({ provisioner, reclaimPolicy, volumeBindingMode }: StorageClass): FieldError[] {
  const errors = provisioner
    ? invalidEach(provisioner, isQualifiedName(provisioner.toLowerCase()), 'provisioner')
    : [field.required('provisioner', provisioner)];
  if (reclaimPolicy && !policies.includes(reclaimPolicy))
    errors.push(field.notSupported('reclaimPolicy', reclaimPolicy, policies));
  if (volumeBindingMode === undefined) errors.push(field.required('volumeBindingMode'));
  else if (!bindingModes.includes(volumeBindingMode))
    errors.push(field.notSupported('volumeBindingMode', volumeBindingMode, bindingModes));
  return errors;
}

function validateUpdate(storageClass: StorageClass, old: StorageClass): FieldError[] {
  const errors = validate(storageClass);
  if (!semanticEqual(storageClass.parameters ?? {}, old.parameters ?? {}))
    errors.push(field.forbidden('parameters', 'updates to parameters are forbidden.'));
  if (storageClass.provisioner !== old.provisioner)
    errors.push(field.forbidden('provisioner', 'updates to provisioner are forbidden.'));
  if (storageClass.reclaimPolicy !== old.reclaimPolicy)
    errors.push(field.forbidden('reclaimPolicy', 'updates to reclaimPolicy are forbidden.'));
  if (storageClass.volumeBindingMode !== old.volumeBindingMode)
    errors.push(field.invalid('volumeBindingMode', storageClass.volumeBindingMode, 'field is immutable'));
  return errors;
}

export const storageClassDefinition = defineKind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  shortNames: ['sc'],
  namespaced: false,
  definition: 'io.k8s.api.storage.v1.StorageClass',
  strategy: { validate, validateUpdate },
  columns: [
    nameColumn,
    column('Provisioner'),
    column('ReclaimPolicy'),
    column('VolumeBindingMode'),
    column('AllowVolumeExpansion', 'string'),
    ageColumn,
  ],
  cells: (storageClass: StorageClass, now: Date) => [
    isDefaultStorageClass(storageClass) ? `${storageClass.metadata.name} (default)` : storageClass.metadata.name,
    storageClass.provisioner,
    storageClass.reclaimPolicy ?? 'Delete',
    storageClass.volumeBindingMode ?? 'Immediate',
    storageClass.allowVolumeExpansion ?? false,
    age(storageClass, now),
  ],
});
