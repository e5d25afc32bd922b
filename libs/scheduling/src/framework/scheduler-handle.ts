import type { ClusterView } from '../cache/cluster-view';
import type { PodInfo } from '../cache/pod-info';
import type { DeviceView } from '../plugins/dynamic-resources/device-view';
import type { PodGroupStates } from '../plugins/gang-scheduling/pod-group-states';
import type { NominatedPods } from '../queue/nominated-pods';
import type { StorageView } from '../volumes/storage-view';
import type { ClusterEvent } from './cluster-event';

/** What plugins may use of the scheduler that runs them (kube-scheduler's Handle). */
export interface SchedulerHandle {
  readonly cluster: ClusterView;
  readonly nominated: NominatedPods;
  readonly podGroups: PodGroupStates;
  readonly storage: StorageView;
  readonly devices: DeviceView;
  /** Turns a pod that waits for its permit away; false when it does not wait. */
  rejectWaiting(uid: string, reason: string): boolean;
  /** What preemption for a pod has come to: the pod may be queued again, or must when it broke. */
  preemptionEnded(pod: PodInfo, outcome: { nominatedNode?: string; failed: boolean }): void;
  /** Something happened outside that may make waiting pods schedulable. */
  happened(event: ClusterEvent): void;
  random(): number;
}
