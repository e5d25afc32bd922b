import type { NodeInfo } from '../cache/node-info';
import type { PodInfo } from '../cache/pod-info';
import type { ClusterView } from '../cache/cluster-view';
import type { ClusterEventInterest } from './cluster-event';
import type { CycleState } from './cycle-state';
import type { FeasibleNodes } from './feasible-nodes';
import type { NodeRejections } from './node-rejections';
import type { Preemption } from './preemption';
import type { Rejection } from './rejection';

/**
 * The extension points of the scheduling framework, named as kube-scheduler's. Everything up to Reserve is
 * synchronous: a scheduling cycle then sees one state of the cluster without copying it, and costs no promise per
 * node. What must wait (permit, pre-bind, bind) belongs to the binding cycle, which runs beside later pods' cycles.
 */
export interface SchedulingPlugin {
  readonly name: string;
  /** The cluster events that may make a pod this plugin refused schedulable again. */
  readonly events?: readonly ClusterEventInterest[];
}

export interface QueueSortPlugin extends SchedulingPlugin {
  /** Negative when a is to be scheduled before b. */
  compare(a: QueuedPod, b: QueuedPod): number;
}

/** What queue sort and pre-enqueue see of a waiting pod. */
export interface QueuedPod {
  readonly pod: PodInfo;
  /** Milliseconds since the epoch at which the pod entered the active queue. */
  readonly timestamp: number;
}

export interface PreEnqueuePlugin extends SchedulingPlugin {
  preEnqueue(pod: PodInfo): Rejection | undefined;
}

export type PreFilterOutcome =
  /** The plugin has nothing to say about this pod: its filter is not called. */
  | { skip: true }
  | { rejected: Rejection }
  /** Only these nodes can fit. */
  | { nodeNames: ReadonlySet<string> }
  | undefined;

export interface PreFilterPlugin extends SchedulingPlugin {
  preFilter(state: CycleState, pod: PodInfo, cluster: ClusterView): PreFilterOutcome;
  /**
   * Changes the plugin's part of `state` as if `other` came to the node (went from it), for preemption and nominated
   * pods. The state is a copy for one node; a plugin that offers one of the two offers both.
   */
  addPod?(state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo): void;
  removePod?(state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo): void;
}

export interface FilterPlugin extends SchedulingPlugin {
  filter(state: CycleState, pod: PodInfo, node: NodeInfo): Rejection | undefined;
  /** The same for all nodes at once, for plugins whose columns make that cheaper. */
  filterAll?(state: CycleState, pod: PodInfo, nodes: FeasibleNodes): void;
}

/**
 * A plugin whose filter and raw score depend on nothing but the node, what is on it, and the text it signs the pod
 * with (kube-scheduler's SignPlugin). Pods of equal signatures share its answers, and only nodes that changed are asked
 * again. Such a plugin's filter and score must not read the cycle state, and its preScore must not look at the nodes.
 */
export interface SignPlugin extends SchedulingPlugin {
  signPod(pod: PodInfo): string;
}

export interface PostFilterOutcome {
  /** Where room is being made; '' takes an earlier nomination back, absent leaves it. */
  nominatedNode?: string;
  /** How the room is made. The caller starts it. */
  preemption?: Preemption;
  /** Appended to FailedScheduling. */
  message?: string;
}

export interface PostFilterPlugin extends SchedulingPlugin {
  /** Called when no node fits, with what each node was refused for. May plan to make room and nominate a node. */
  postFilter(
    state: CycleState,
    pod: PodInfo,
    cluster: ClusterView,
    rejections: NodeRejections,
  ): PostFilterOutcome | undefined;
}

export interface PreScorePlugin extends SchedulingPlugin {
  /** Returns false when the plugin does not score this pod. */
  preScore(state: CycleState, pod: PodInfo, nodes: FeasibleNodes, cluster: ClusterView): boolean;
}

export interface ScorePlugin extends SchedulingPlugin {
  /** 0..100 once normalised. */
  score(state: CycleState, pod: PodInfo, node: NodeInfo): number;
  /** Raw scores of all feasible nodes at once into `scores`, which is zero at first. */
  scoreAll?(state: CycleState, pod: PodInfo, nodes: FeasibleNodes, scores: Float64Array): void;
  /** Brings raw scores of the feasible nodes to 0..100 in place. */
  normalize?(state: CycleState, pod: PodInfo, scores: Float64Array): void;
}

export interface ReservePlugin extends SchedulingPlugin {
  reserve(state: CycleState, pod: PodInfo, node: string): Rejection | undefined;
  /** Must be idempotent; called in reverse order when anything later fails. */
  unreserve(state: CycleState, pod: PodInfo, node: string): void;
}

export interface PermitPlugin extends SchedulingPlugin {
  /** False for pods that permit would let go at once: they cost no promise. Absent: true. */
  concerns?(pod: PodInfo): boolean;
  /**
   * In the cycle of a pod group, where nothing can be waited for: undefined when the pod could go at once, else what
   * it would wait for. Absent: it could. Its own permit is asked later all the same.
   */
  waitsFor?(pod: PodInfo): string | undefined;
  permit(state: CycleState, pod: PodInfo, node: string, signal: AbortSignal): Promise<Rejection | undefined>;
}

export interface PreBindPlugin extends SchedulingPlugin {
  /** 'skip' when there is nothing to do for this pod: preBind is not called. Costs no promise. */
  preBindPreFlight?(state: CycleState, pod: PodInfo, node: string): 'skip' | undefined;
  preBind(state: CycleState, pod: PodInfo, node: string, signal: AbortSignal): Promise<Rejection | undefined>;
}

export interface BindPlugin extends SchedulingPlugin {
  /** 'skip' hands the pod to the next bind plugin. Throws when binding failed. */
  bind(state: CycleState, pod: PodInfo, node: string, signal: AbortSignal): Promise<'bound' | 'skip'>;
}

export interface PostBindPlugin extends SchedulingPlugin {
  postBind(state: CycleState, pod: PodInfo, node: string): void;
}
