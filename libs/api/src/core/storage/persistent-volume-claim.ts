import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import type { DeepReadonly, PersistentVolumeClaim } from '../../meta/json-types';
import { validateLabelSelector } from '../../meta/label-selector';
import { isDns1123Subdomain } from '../../meta/names';
import { compareQuantities, quantityFrom, tryParseQuantity } from '../../meta/quantity';
import { semanticEqual } from '../../meta/semantic-equal';
import { age, ageColumn, column, defineKind, nameColumn, wideColumn } from '../../registry/define-kind';
import type { StrategyContext } from '../../resource-definition';
import { invalidEach } from '../../validation/checks';
import { unifiedDiff } from '../../validation/unified-diff';
import { normalizeDataSources, validateDataSources } from './data-source';
import { accessModesText, validateAccessModes, volumeModes } from './access-modes';

type Spec = NonNullable<PersistentVolumeClaim['spec']>;

/** A claim from before storageClassName was a field names its class here. */
export const classAnnotation = 'volume.beta.kubernetes.io/storage-class';

function prepareForUpdate(
  claim: PersistentVolumeClaim,
  old: Readonly<PersistentVolumeClaim>,
  { subresource }: StrategyContext,
): void {
  if (subresource === 'status') claim.spec = old.spec;
  else claim.status = old.status;
}

function validateStorageRequest(spec: Spec): FieldError[] {
  const path = 'spec.resources[storage]';
  const asked = spec.resources?.requests?.['storage'];
  if (asked === undefined) return [field.required(path)];
  const amount = tryParseQuantity(asked);
  return amount && compareQuantities(amount, quantityFrom(0)) <= 0
    ? [field.invalid(path, asked, 'must be greater than zero')]
    : [];
}

export function validateClaimSpec(spec: Spec): FieldError[] {
  const errors = validateAccessModes(spec.accessModes, 'at least 1 access mode is required');
  if (spec.selector) errors.push(...validateLabelSelector(spec.selector, 'spec.selector'));
  errors.push(...validateStorageRequest(spec));
  const { storageClassName, volumeMode, volumeAttributesClassName } = spec;
  if (storageClassName)
    errors.push(...invalidEach(storageClassName, isDns1123Subdomain(storageClassName), 'spec.storageClassName'));
  if (volumeMode !== undefined && !volumeModes.includes(volumeMode))
    errors.push(field.notSupported('spec.volumeMode', volumeMode, volumeModes));
  if (volumeAttributesClassName)
    errors.push(
      ...invalidEach(
        volumeAttributesClassName,
        isDns1123Subdomain(volumeAttributesClassName),
        'spec.volumeAttributesClassName',
      ),
    );
  errors.push(...validateDataSources(spec));
  return errors;
}

const validate = ({ spec }: PersistentVolumeClaim): FieldError[] => validateClaimSpec(spec ?? {});

/** What may change: the volume and the class while there are none, and the size of a bound claim, upwards. */
function validateUpdate(claim: PersistentVolumeClaim, old: Readonly<PersistentVolumeClaim>): FieldError[] {
  const errors = validate(claim);
  const before = { ...old.spec };
  const after = { ...claim.spec };
  if (!before.volumeName) before.volumeName = after.volumeName;
  if (before.storageClassName === undefined) before.storageClassName = after.storageClassName;
  if (old.status?.phase === 'Bound' || old.spec?.volumeName) {
    before.resources = { ...before.resources, requests: after.resources?.requests };
    before.volumeAttributesClassName = after.volumeAttributesClassName;
  }
  if (!semanticEqual(before, after)) {
    errors.push(
      field.forbidden(
        'spec',
        `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${unifiedDiff(before, after)}`,
      ),
    );
  }
  if (old.spec?.volumeAttributesClassName !== undefined && claim.spec?.volumeAttributesClassName === undefined)
    errors.push(field.forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
  const size = claim.spec?.resources?.requests?.['storage'];
  const capacity = old.status?.capacity?.['storage'];
  const was = old.spec?.resources?.requests?.['storage'];
  const shrinks =
    size !== undefined && was !== undefined && compareQuantities(quantityFrom(size), quantityFrom(was)) < 0;
  const belowCapacity =
    size !== undefined && (capacity === undefined || compareQuantities(quantityFrom(size), quantityFrom(capacity)) < 0);
  if (shrinks && belowCapacity)
    errors.push(field.forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  return errors;
}

/** "Terminating" and "Lost" are told as kubectl does. */
function statusText({ metadata, status }: PersistentVolumeClaim): string {
  return metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? '');
}

/** The class a claim asks for; '' for none, undefined where the default is to be given. */
export function classOf({ metadata, spec }: DeepReadonly<PersistentVolumeClaim>): string | undefined {
  return metadata.annotations?.[classAnnotation] ?? spec?.storageClassName;
}

export const persistentVolumeClaimDefinition = defineKind({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  namespaced: true,
  definition: 'io.k8s.api.core.v1.PersistentVolumeClaim',
  hasStatus: true,
  strategy: {
    prepareForCreate: (claim: PersistentVolumeClaim) => {
      claim.status = { phase: 'Pending' };
      if (claim.spec) normalizeDataSources(claim.spec);
    },
    prepareForUpdate,
    validate,
    validateUpdate: (claim: PersistentVolumeClaim, old: PersistentVolumeClaim, { subresource }: StrategyContext) =>
      subresource === 'status' ? [] : validateUpdate(claim, old),
  },
  columns: [
    nameColumn,
    column('Status'),
    column('Volume'),
    column('Capacity'),
    column('Access Modes'),
    column('StorageClass'),
    column('VolumeAttributesClass'),
    ageColumn,
    wideColumn('VolumeMode'),
  ],
  cells: (claim: PersistentVolumeClaim, now: Date) => {
    const isBound = Boolean(claim.spec?.volumeName);
    return [
      claim.metadata.name,
      statusText(claim),
      claim.spec?.volumeName ?? '',
      isBound ? (claim.status?.capacity?.['storage'] ?? '') : '',
      isBound ? accessModesText(claim.status?.accessModes) : '',
      classOf(claim) ?? '',
      claim.spec?.volumeAttributesClassName ?? '<unset>',
      age(claim, now),
      claim.spec?.volumeMode ?? '<unset>',
    ];
  },
});
