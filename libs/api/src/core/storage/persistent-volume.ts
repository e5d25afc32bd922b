import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import type { DeepReadonly, PersistentVolume } from '../../meta/json-types';
import { isDns1123Subdomain } from '../../meta/names';
import { compareQuantities, quantityFrom, tryParseQuantity } from '../../meta/quantity';
import { semanticEqual } from '../../meta/semantic-equal';
import { age, ageColumn, column, defineKind, nameColumn, wideColumn } from '../../registry/define-kind';
import type { StrategyContext } from '../../resource-definition';
import { invalidEach } from '../../validation/checks';
import { unifiedDiff } from '../../validation/unified-diff';
import { accessModesText, validateAccessModes, volumeModes } from './access-modes';
import { classAnnotation } from './persistent-volume-claim';

type Spec = NonNullable<PersistentVolume['spec']>;

const sources = [
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'csi',
  'fc',
  'flexVolume',
  'flocker',
  'gcePersistentDisk',
  'glusterfs',
  'hostPath',
  'iscsi',
  'local',
  'nfs',
  'photonPersistentDisk',
  'portworxVolume',
  'quobyte',
  'rbd',
  'scaleIO',
  'storageos',
  'vsphereVolume',
] as const satisfies readonly (keyof Spec)[];
const policies = ['Delete', 'Recycle', 'Retain'];

function prepareForUpdate(
  volume: PersistentVolume,
  old: Readonly<PersistentVolume>,
  { subresource, now }: StrategyContext,
): void {
  if (subresource !== 'status') {
    volume.status = old.status;
    return;
  }
  volume.spec = old.spec;
  const { phase, lastPhaseTransitionTime: moved } = volume.status ?? {};
  // Whoever changes the phase may say when; otherwise it is now.
  if (phase !== old.status?.phase && (!moved || moved === old.status?.lastPhaseTransitionTime))
    volume.status = { ...volume.status, lastPhaseTransitionTime: now };
}

function validateCapacity(capacity: Spec['capacity']): FieldError[] {
  if (!capacity || Object.keys(capacity).length === 0) return [field.required('spec.capacity')];
  const storage = capacity['storage'];
  if (storage === undefined || Object.keys(capacity).length > 1)
    return [field.notSupported('spec.capacity', Object.keys(capacity).join(), ['storage'])];
  const amount = tryParseQuantity(storage);
  return amount && compareQuantities(amount, quantityFrom(0)) <= 0
    ? [field.invalid('spec.capacity[storage]', storage, 'must be greater than zero')]
    : [];
}

function validateSource(spec: Spec): FieldError[] {
  const given = sources.filter((name) => spec[name] !== undefined && spec[name] !== null);
  const [only] = given;
  if (!only) return [field.required('spec', 'must specify a volume type')];
  const errors = given
    .slice(1)
    .map((name) => field.forbidden(`spec.${name}`, 'may not specify more than 1 volume type'));
  if (spec.hostPath && !spec.hostPath.path) errors.push(field.required('spec.hostPath.path'));
  if (spec.hostPath && spec.persistentVolumeReclaimPolicy === 'Recycle' && spec.hostPath.path === '/')
    errors.push(
      field.forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"),
    );
  if (spec.local && !spec.local.path) errors.push(field.required('spec.local.path'));
  if (spec.local && !spec.nodeAffinity)
    errors.push(field.required('spec.nodeAffinity', 'Local volume requires node affinity'));
  if (spec.csi && !spec.csi.driver) errors.push(field.required('spec.csi.driver'));
  if (spec.csi && !spec.csi.volumeHandle) errors.push(field.required('spec.csi.volumeHandle'));
  if (spec.nfs && !spec.nfs.server) errors.push(field.required('spec.nfs.server'));
  if (spec.nfs && !spec.nfs.path?.startsWith('/'))
    errors.push(field.invalid('spec.nfs.path', spec.nfs.path, 'must be an absolute path'));
  return errors;
}

function validate({ spec = {} }: PersistentVolume): FieldError[] {
  const errors = [
    ...validateAccessModes(spec.accessModes, undefined),
    ...validateCapacity(spec.capacity),
    ...validateSource(spec),
  ];
  const { persistentVolumeReclaimPolicy: policy, storageClassName, volumeMode, nodeAffinity } = spec;
  if (policy && !policies.includes(policy))
    errors.push(field.notSupported('spec.persistentVolumeReclaimPolicy', policy, policies));
  if (storageClassName)
    errors.push(...invalidEach(storageClassName, isDns1123Subdomain(storageClassName), 'spec.storageClassName'));
  if (volumeMode !== undefined && !volumeModes.includes(volumeMode))
    errors.push(field.notSupported('spec.volumeMode', volumeMode, volumeModes));
  if (nodeAffinity && !nodeAffinity.required)
    errors.push(field.required('spec.nodeAffinity.required', 'must specify required node constraints'));
  return errors;
}

function validateUpdate(volume: PersistentVolume, old: Readonly<PersistentVolume>): FieldError[] {
  const errors = validate(volume);
  const pick = (spec: Spec | undefined): object => Object.fromEntries(sources.map((name) => [name, spec?.[name]]));
  const [before, after] = [pick(old.spec), pick(volume.spec)];
  if (!semanticEqual(before, after))
    errors.push(
      field.forbidden(
        'spec.persistentvolumesource',
        `spec.persistentvolumesource is immutable after creation\n${unifiedDiff(before, after)}`,
      ),
    );
  if (old.spec?.volumeAttributesClassName !== undefined && volume.spec?.volumeAttributesClassName === undefined)
    errors.push(field.forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
  if (!semanticEqual(volume.spec?.volumeMode, old.spec?.volumeMode))
    errors.push(field.invalid('spec.volumeMode', volume.spec?.volumeMode, 'field is immutable'));
  if (old.spec?.nodeAffinity && !semanticEqual(volume.spec?.nodeAffinity, old.spec.nodeAffinity))
    errors.push(
      field.invalid(
        'spec.nodeAffinity',
        volume.spec?.nodeAffinity,
        'field is immutable, except for updating from beta label to GA',
      ),
    );
  return errors;
}

function claimText({ spec }: PersistentVolume): string {
  const { namespace, name } = spec?.claimRef ?? {};
  return name ? `${namespace}/${name}` : '';
}

/** The class of a volume; '' for none. */
export function volumeClassOf({ metadata, spec }: DeepReadonly<PersistentVolume>): string {
  return metadata.annotations?.[classAnnotation] ?? spec?.storageClassName ?? '';
}

export const persistentVolumeDefinition = defineKind({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  shortNames: ['pv'],
  namespaced: false,
  definition: 'io.k8s.api.core.v1.PersistentVolume',
  hasStatus: true,
  strategy: {
    prepareForCreate: (volume: PersistentVolume, { now }: StrategyContext) =>
      void (volume.status = { phase: 'Pending', lastPhaseTransitionTime: now }),
    prepareForUpdate,
    validate,
    validateUpdate: (volume: PersistentVolume, old: PersistentVolume, { subresource }: StrategyContext) =>
      subresource === 'status' ? [] : validateUpdate(volume, old),
  },
  columns: [
    nameColumn,
    column('Capacity'),
    column('Access Modes'),
    column('Reclaim Policy'),
    column('Status'),
    column('Claim'),
    column('StorageClass'),
    column('VolumeAttributesClass'),
    column('Reason'),
    ageColumn,
    wideColumn('VolumeMode'),
  ],
  cells: (volume: PersistentVolume, now: Date) => [
    volume.metadata.name,
    volume.spec?.capacity?.['storage'] ?? '',
    accessModesText(volume.spec?.accessModes),
    volume.spec?.persistentVolumeReclaimPolicy ?? '',
    volume.metadata.deletionTimestamp ? 'Terminating' : (volume.status?.phase ?? ''),
    claimText(volume),
    volumeClassOf(volume),
    volume.spec?.volumeAttributesClassName ?? '<unset>',
    volume.status?.reason ?? '',
    age(volume, now),
    volume.spec?.volumeMode ?? '<unset>',
  ],
});
