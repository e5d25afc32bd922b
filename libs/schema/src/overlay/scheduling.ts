import { atomic, inPackage, initially, joinOverlays, mapOf, mergeMap, named, struct } from './overlay';
import type { Overlay } from './overlay';

const claims = { ...mapOf('name'), patchStrategy: 'merge,retainKeys', patchMergeKey: 'name' };

/** k8s.io/api/scheduling/v1alpha2 */
const groups: Overlay = inPackage('io.k8s.api.scheduling.v1alpha2.', {
  PodGroup: { metadata: struct, spec: struct, status: struct },
  PodGroupList: { metadata: struct },
  PodGroupSpec: {
    schedulingPolicy: struct,
    resourceClaims: claims,
    disruptionMode: named('DisruptionMode', 'Pod'),
  },
  PodGroupStatus: { conditions: mergeMap('type'), resourceClaimStatuses: claims },
  PodGroupSchedulingConstraints: { topology: atomic },
  PodGroupSchedulingPolicy: { basic: { ref: 'io.k8s.api.scheduling.v1alpha2.BasicSchedulingPolicy' } },
  GangSchedulingPolicy: { minCount: initially(0) },
  PodGroupTemplate: {
    schedulingPolicy: struct,
    resourceClaims: claims,
    disruptionMode: named('DisruptionMode'),
  },
  Workload: { metadata: struct, spec: struct },
  WorkloadList: { metadata: struct },
  WorkloadSpec: { podGroupTemplates: mapOf('name') },
});

const classes: Overlay = inPackage('io.k8s.api.scheduling.v1.', {
  PriorityClass: {
    metadata: struct,
    preemptionPolicy: named('PreemptionPolicy', 'PreemptLowerPriority'),
    value: initially(0),
  },
  PriorityClassList: { metadata: struct },
});

export const schedulingOverlay: Overlay = joinOverlays(groups, classes);
