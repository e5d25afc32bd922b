import { atomic, emptyString, inPackage, initially, named, quantities, quantity, struct } from './overlay';
import type { Overlay } from './overlay';

const accessModes = { ...atomic, items: { type: 'string', goType: 'v1.PersistentVolumeAccessMode' } } as const;

/** Volume sources, mounts and claims, with SetDefaults_*VolumeSource. */
export const volumeOverlay: Overlay = inPackage('io.k8s.api.core.v1.', {
  VolumeMount: { mountPropagation: named('MountPropagationMode'), recursiveReadOnly: named('RecursiveReadOnlyMode') },
  VolumeMountStatus: { recursiveReadOnly: named('RecursiveReadOnlyMode') },
  AzureDiskVolumeSource: {
    cachingMode: named('AzureDataDiskCachingMode', 'ReadWrite'),
    fsType: initially('ext4'),
    kind: named('AzureDataDiskKind', 'Shared'),
    readOnly: initially(false),
  },
  CephFSVolumeSource: { monitors: atomic },
  ConfigMapProjection: { items: atomic, name: emptyString },
  ConfigMapVolumeSource: { defaultMode: initially(0o644), items: atomic, name: emptyString },
  DownwardAPIProjection: { items: atomic },
  DownwardAPIVolumeSource: { defaultMode: initially(0o644), items: atomic },
  EmptyDirVolumeSource: { medium: named('StorageMedium'), sizeLimit: quantity },
  FCVolumeSource: { targetWWNs: atomic, wwids: atomic },
  HostPathVolumeSource: { type: named('HostPathType', '') },
  ISCSIVolumeSource: { iscsiInterface: initially('default'), portals: atomic },
  ImageVolumeSource: { pullPolicy: named('PullPolicy') },
  PersistentVolumeClaimTemplate: { metadata: struct, spec: struct },
  PersistentVolumeClaimSpec: {
    accessModes,
    resources: struct,
    volumeMode: named('PersistentVolumeMode', 'Filesystem'),
  },
  VolumeResourceRequirements: { limits: quantities, requests: quantities },
  ProjectedVolumeSource: { defaultMode: initially(0o644), sources: atomic },
  RBDVolumeSource: {
    keyring: initially('/etc/ceph/keyring'),
    monitors: atomic,
    pool: initially('rbd'),
    user: initially('admin'),
  },
  ScaleIOVolumeSource: { fsType: initially('xfs'), storageMode: initially('ThinProvisioned') },
  SecretProjection: { items: atomic, name: emptyString },
  SecretVolumeSource: { defaultMode: initially(0o644), items: atomic },
  ServiceAccountTokenProjection: { expirationSeconds: initially(3600) },
});
