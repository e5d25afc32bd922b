import type { DeepReadonly, Pod } from '@nestor/api';
import type {
  FilterPlugin,
  PreFilterOutcome,
  PreFilterPlugin,
  PreScorePlugin,
  ScorePlugin,
} from '../../framework/plugin';
import { ClusterEventInterest, interest, isOwnChange } from '../../framework/cluster-event';
import type { CycleState } from '../../framework/cycle-state';
import type { FeasibleNodes } from '../../framework/feasible-nodes';
import { Rejection, rejection } from '../../framework/rejection';
import type { ClusterView } from '../../cache/cluster-view';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';
import type { PodSelector } from '../../cache/pod-selector';
import { Action, RawConstraint, SpreadConstraint, hostnameKey, spreadConstraint } from './spread-constraint';
import { SpreadFilter, SpreadVerdict } from './spread-filter';
import { SpreadScore, normalizeSpread } from './spread-score';

const name = 'PodTopologySpread';
const filterKey = `${name}/filter`;
const scoreKey = `${name}/score`;

const refusals: Record<SpreadVerdict, Rejection | undefined> = {
  fits: undefined,
  missingLabel: rejection(
    name,
    'unresolvable',
    "node(s) didn't match pod topology spread constraints (missing required label)",
  ),
  skewed: rejection(name, 'unschedulable', "node(s) didn't match pod topology spread constraints"),
};

/** What pods without constraints of their own get when the configuration says System. */
export const systemConstraints: readonly RawConstraint[] = [
  { topologyKey: hostnameKey, whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 5 },
];

export interface PodTopologySpreadArgs {
  /** Undefined for the system's. */
  defaultConstraints?: readonly RawConstraint[];
  /** The pods that belong together with this one by services and owners; undefined when there are none to name. */
  defaultSelector?(pod: DeepReadonly<Pod>): PodSelector | undefined;
}

/** topologySpreadConstraints: hard ones filter, soft ones (and the defaults) score. */
export class PodTopologySpread implements PreFilterPlugin, FilterPlugin, PreScorePlugin, ScorePlugin {
  static readonly pluginName = name;
  readonly name = name;
  readonly events: readonly ClusterEventInterest[] = [
    interest('PodAssigned', (pod, event) => this.isCounted(pod, event.pod), { sameForEqualPods: true }),
    interest('PodRemoved', (pod, event) => this.isCounted(pod, event.pod), { sameForEqualPods: true }),
    interest(
      'PodChanged',
      (pod, event) =>
        event.changed.has('labels') &&
        (isOwnChange(pod, event) || this.isCounted(pod, event.pod) || this.isCounted(pod, event.before)),
    ),
    interest('NodeAdded', (pod, { node }) => this.hasDomains(pod, node)),
    interest('NodeRemoved'),
    interest('NodeUpdated', (_pod, { changed }) => changed.has('labels') || changed.has('taints')),
  ];

  constructor(private readonly args: PodTopologySpreadArgs = {}) {}

  preFilter(state: CycleState, pod: PodInfo, cluster: ClusterView): PreFilterOutcome {
    const constraints = this.constraintsOf(pod.pod, 'DoNotSchedule');
    if (constraints.length === 0) return { skip: true };
    state.write(filterKey, SpreadFilter.of(constraints, pod, cluster));
    return undefined;
  }

  addPod(state: CycleState, _pod: PodInfo, other: PodInfo, node: NodeInfo): void {
    state.peek<SpreadFilter>(filterKey)?.adjust(other, node, 1);
  }

  removePod(state: CycleState, _pod: PodInfo, other: PodInfo, node: NodeInfo): void {
    state.peek<SpreadFilter>(filterKey)?.adjust(other, node, -1);
  }

  filter(state: CycleState, _pod: PodInfo, node: NodeInfo): Rejection | undefined {
    return refusals[state.read<SpreadFilter>(filterKey).judge()(node.slot)];
  }

  filterAll(state: CycleState, _pod: PodInfo, nodes: FeasibleNodes): void {
    const judge = state.read<SpreadFilter>(filterKey).judge();
    nodes.filter((slot) => refusals[judge(slot)]);
  }

  preScore(state: CycleState, pod: PodInfo, _nodes: FeasibleNodes, cluster: ClusterView): boolean {
    const constraints = this.constraintsOf(pod.pod, 'ScheduleAnyway');
    if (constraints.length === 0) return false;
    // With the system's defaults, nodes without a zone are still spread over by host.
    const requireAll = ownConstraints(pod.pod).length > 0 || this.args.defaultConstraints !== undefined;
    state.write(scoreKey, new SpreadScore(constraints, requireAll, pod, cluster));
    return true;
  }

  score(): number {
    throw new Error('PodTopologySpread scores all nodes at once');
  }

  scoreAll(state: CycleState, _pod: PodInfo, nodes: FeasibleNodes, scores: Float64Array): void {
    state.read<SpreadScore>(scoreKey).scoreAll(nodes, scores);
  }

  normalize(_state: CycleState, _pod: PodInfo, scores: Float64Array): void {
    normalizeSpread(scores);
  }

  /** Whether the other pod counts in one of the constraints that keep this pod from nodes. */
  private isCounted(pod: PodInfo, other: PodInfo): boolean {
    const constraints = this.constraintsOf(pod.pod, 'DoNotSchedule');
    // By its labels alone: a pod that goes was on its way out before.
    const living = { ...other.pod, metadata: { ...other.pod.metadata, deletionTimestamp: undefined } };
    return constraints.some(({ selector }) => selector.matches(living, () => ({})));
  }

  private hasDomains(pod: PodInfo, { labels }: NodeInfo): boolean {
    const constraints = this.constraintsOf(pod.pod, 'DoNotSchedule');
    return constraints.every(({ topologyKey }) => labels[topologyKey] !== undefined);
  }

  private constraintsOf(pod: DeepReadonly<Pod>, action: Action): SpreadConstraint[] {
    const own = ownConstraints(pod);
    if (own.length > 0)
      return own.filter((raw) => raw.whenUnsatisfiable === action).map((raw) => spreadConstraint(raw, pod));
    const defaults = (this.args.defaultConstraints ?? systemConstraints).filter(
      (raw) => raw.whenUnsatisfiable === action,
    );
    if (defaults.length === 0) return [];
    const selector = this.args.defaultSelector?.(pod);
    return selector ? defaults.map((raw) => spreadConstraint(raw, pod, selector)) : [];
  }
}

function ownConstraints(pod: DeepReadonly<Pod>): readonly RawConstraint[] {
  return pod.spec?.topologySpreadConstraints ?? [];
}
