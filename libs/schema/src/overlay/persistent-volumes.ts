import { atomic, inPackage, mergeMap, named, quantities, struct } from './overlay';
import type { Overlay } from './overlay';

const accessModes = { ...atomic, items: { type: 'string', goType: 'v1.PersistentVolumeAccessMode' } } as const;

/** PersistentVolumeClaim with its status. */
export const persistentVolumeOverlay: Overlay = inPackage('io.k8s.api.core.v1.', {
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
  PersistentVolumeClaimCondition: {
    status: named('ConditionStatus', ''),
    type: named('PersistentVolumeClaimConditionType', ''),
  },
});
