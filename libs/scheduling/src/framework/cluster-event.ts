import type { DeepReadonly } from '@nestor/api';
import type { NodeInfo } from '../cache/node-info';
import type { PodInfo } from '../cache/pod-info';

export type NodeChange = 'allocatable' | 'labels' | 'taints' | 'unschedulable' | 'conditions';

/** What of a pod changed, as far as it matters to where pods go (kube-scheduler's PodSchedulingPropertiesChange). */
export type PodChange = 'labels' | 'requests' | 'tolerations' | 'gates' | 'claims';

/** Any other kind of object, such as "PersistentVolumeClaim/Add", by its kind and what happened to it. */
export type ObjectEventKind = `${string}/${'Add' | 'Update' | 'Delete'}`;

export interface ObjectEvent {
  kind: ObjectEventKind;
  object: DeepReadonly<object>;
  /** The object as it was, of an update. */
  before?: DeepReadonly<object>;
}

/** The node that a pod has left, as it is now, and the pods for which room is being made there. */
export interface FreedRoom {
  node: NodeInfo;
  nominated: readonly PodInfo[];
}

/** A change in the cluster that may make a waiting pod schedulable (kube-scheduler's ClusterEvent). */
export type ClusterEvent =
  | { kind: 'NodeAdded'; node: NodeInfo }
  | { kind: 'NodeUpdated'; node: NodeInfo; changed: ReadonlySet<NodeChange> }
  | { kind: 'NodeRemoved'; name: string }
  /** A pod without a node appeared. */
  | { kind: 'PodQueued'; pod: PodInfo }
  /** A pod now counts on a node: matters to affinity and spreading. */
  | { kind: 'PodAssigned'; pod: PodInfo }
  /** A pod changed, on a node or waiting; a waiting pod's own changes come as this too. */
  | { kind: 'PodChanged'; pod: PodInfo; before: PodInfo; changed: ReadonlySet<PodChange> }
  /** A pod stopped counting: its resources and ports are free again. */
  | { kind: 'PodRemoved'; pod: PodInfo; room?: FreedRoom }
  | ObjectEvent;

export interface ClusterEventInterest {
  kind: ClusterEvent['kind'];
  /** Refines the interest: false means that this event cannot help that pod. Absent means it may. */
  helps?(pod: PodInfo, event: ClusterEvent): boolean;
  /**
   * The answer depends on nothing but what equal pods have in common (namespace, labels and scheduling constraints):
   * it is asked once for all of them. For events that come with each pod that is placed.
   */
  sameForEqualPods?: boolean;
}

type Podlike = Extract<ClusterEvent, { pod: PodInfo }>;

/** An interest in one kind of event whose hint sees the event by its own type. */
export function interest<K extends Exclude<ClusterEvent['kind'], ObjectEventKind>>(
  kind: K,
  helps?: (pod: PodInfo, event: Extract<Exclude<ClusterEvent, ObjectEvent>, { kind: K }>) => boolean,
  settings: Pick<ClusterEventInterest, 'sameForEqualPods'> = {},
): ClusterEventInterest {
  return { kind, ...settings, ...(helps && { helps: helps }) };
}

/** Whether a PodChanged event is about the waiting pod itself. */
export function isOwnChange(pod: PodInfo, event: Podlike): boolean {
  return event.pod.uid === pod.uid;
}
