import type { DisruptionLimits } from './health/zone-disruption.plan';

export interface NodeLifecycleOptions {
  /** Silence after which a node's state is Unknown. */
  nodeMonitorGracePeriodMs?: number;
  nodeMonitorPeriodMs?: number;
  /** How fast pods are evicted from nodes that are not ready, zone by zone. */
  disruptionLimits?: Partial<DisruptionLimits>;
  /** How long a node must have been gone before its pods are collected. */
  podGcQuarantineMs?: number;
  podGcPeriodMs?: number;
  /** Finished pods beyond this number are collected, the oldest first. 0: never. */
  terminatedPodGcThreshold?: number;
  /** Range that nodes get their pod ranges from, or one of each family; absent: nodes bring their own. */
  clusterCidr?: string;
  /** False: nodes bring their own all the same. */
  allocateNodeCidrs?: boolean;
  /** Where there is one range. */
  nodeCidrMaskSize?: number;
  nodeCidrMaskSizeIpv4?: number;
  nodeCidrMaskSizeIpv6?: number;
  /** What Services have is no node's. */
  serviceClusterIpRange?: string;
}

export const NODE_LIFECYCLE_OPTIONS = Symbol('nestor.NodeLifecycleOptions');
