import { atomic, atomicMaps, inPackage, initially, joinOverlays, mergeMap, named, quantities, struct } from './overlay';
import type { Overlay } from './overlay';

const accessModes = { ...atomic, items: { type: 'string', goType: 'v1.PersistentVolumeAccessMode' } } as const;

/** PersistentVolume, and PersistentVolumeClaim with its status. */
const volumes: Overlay = inPackage('io.k8s.api.core.v1.', {
  PersistentVolumeClaim: { metadata: struct, spec: struct, status: struct },
  PersistentVolumeClaimList: { metadata: struct },
  PersistentVolumeClaimStatus: {
    accessModes,
    allocatedResourceStatuses: { mapType: 'granular' },
    allocatedResources: quantities,
    capacity: quantities,
    conditions: mergeMap('type'),
    phase: named('PersistentVolumeClaimPhase', 'Pending'),
  },
  PersistentVolume: { metadata: struct, spec: struct, status: struct },
  PersistentVolumeList: { metadata: struct },
  PersistentVolumeSpec: {
    accessModes,
    capacity: quantities,
    claimRef: { mapType: 'granular' },
    mountOptions: atomic,
    persistentVolumeReclaimPolicy: named('PersistentVolumeReclaimPolicy', 'Retain'),
    volumeMode: named('PersistentVolumeMode', 'Filesystem'),
  },
  CephFSPersistentVolumeSource: { monitors: atomic },
  ISCSIPersistentVolumeSource: { iscsiInterface: initially('default'), portals: atomic },
  RBDPersistentVolumeSource: {
    keyring: initially('/etc/ceph/keyring'),
    monitors: atomic,
    pool: initially('rbd'),
    user: initially('admin'),
  },
  ScaleIOPersistentVolumeSource: { fsType: initially('xfs'), storageMode: initially('ThinProvisioned') },
  TopologySelectorTerm: { matchLabelExpressions: atomic },
  TopologySelectorLabelRequirement: { values: atomic },
  PersistentVolumeStatus: { phase: named('PersistentVolumePhase', 'Pending') },
  PersistentVolumeClaimCondition: {
    status: named('ConditionStatus', ''),
    type: named('PersistentVolumeClaimConditionType', ''),
  },
});

export const persistentVolumeOverlay: Overlay = joinOverlays(
  volumes,
  atomicMaps('io.k8s.api.core.v1.', 'TopologySelectorTerm'),
);
