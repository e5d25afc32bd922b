import { each, inPackage, initially, mergeMap, named, struct } from './overlay';
import type { Overlay } from './overlay';

/** k8s.io/api/policy/v1 */
export const policyOverlay: Overlay = inPackage('io.k8s.api.policy.v1.', {
  PodDisruptionBudget: { metadata: struct, spec: struct, status: struct },
  PodDisruptionBudgetList: { metadata: struct },
  PodDisruptionBudgetSpec: {
    selector: { patchStrategy: 'replace' },
    unhealthyPodEvictionPolicy: named('UnhealthyPodEvictionPolicyType'),
  },
  PodDisruptionBudgetStatus: {
    ...each('currentHealthy desiredHealthy disruptionsAllowed expectedPods', initially(0)),
    conditions: mergeMap('type'),
  },
});
