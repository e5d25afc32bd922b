import type { PodInfo } from '../cache/pod-info';

/** Pods that go from a node so that another has room there. */
export interface PlannedEviction {
  readonly node: string;
  readonly pods: readonly PodInfo[];
}

/** Room that could be made for a pod. Whoever runs the post-filters decides whether it is: nothing happens before. */
export interface Preemption {
  /** Known at once, or when extenders have answered; undefined when they agree to nothing. */
  readonly plan: PlannedEviction | Promise<PlannedEviction | undefined>;
  start(): void;
}
