import type { NodeInfo } from '../cache/node-info';
import type { PodInfo } from '../cache/pod-info';

/** A change in the cluster that may make a waiting pod schedulable (kube-scheduler's ClusterEvent). */
export type ClusterEvent =
  | { kind: 'NodeAdded'; node: NodeInfo }
  | { kind: 'NodeUpdated'; node: NodeInfo; changed: ReadonlySet<NodeChange> }
  /** A pod now counts on a node: matters to affinity and spreading. */
  | { kind: 'PodAssigned'; pod: PodInfo }
  /** A pod stopped counting: its resources and ports are free again. */
  | { kind: 'PodRemoved'; pod: PodInfo };

export type NodeChange = 'allocatable' | 'labels' | 'taints' | 'unschedulable' | 'conditions';

export interface ClusterEventInterest {
  kind: ClusterEvent['kind'];
  /** Refines the interest: false means that this event cannot help that pod. Absent means it may. */
  helps?(pod: PodInfo, event: ClusterEvent): boolean;
}
