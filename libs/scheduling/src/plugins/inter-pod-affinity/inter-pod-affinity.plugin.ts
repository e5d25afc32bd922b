import type {
  FilterPlugin,
  PreFilterOutcome,
  PreFilterPlugin,
  PreScorePlugin,
  ScorePlugin,
} from '../../framework/plugin';
import { ClusterEventInterest, interest, isOwnChange } from '../../framework/cluster-event';
import { Rejection, rejection } from '../../framework/rejection';
import type { CycleState } from '../../framework/cycle-state';
import type { FeasibleNodes } from '../../framework/feasible-nodes';
import type { PodAffinityTerm } from '../../cache/pod-affinity-term';
import type { ClusterView } from '../../cache/cluster-view';
import type { NodeInfo } from '../../cache/node-info';
import type { WeightedCounter } from '../../cache/placed-pods';
import type { PodInfo } from '../../cache/pod-info';
import { AffinityState, Verdict } from './affinity-state';

const name = 'InterPodAffinity';
const filterKey = `${name}/filter`;
const scoreKey = `${name}/score`;

const refusals: Record<Verdict, Rejection | undefined> = {
  fits: undefined,
  affinity: rejection(name, 'unresolvable', "node(s) didn't match pod affinity rules"),
  antiAffinity: rejection(name, 'unschedulable', "node(s) didn't match pod anti-affinity rules"),
  existingAntiAffinity: rejection(name, 'unschedulable', "node(s) didn't satisfy existing pods anti-affinity rules"),
};

export interface InterPodAffinityArgs {
  /** What a placed pod's required affinity for this pod counts for in scoring. */
  hardPodAffinityWeight?: number;
  ignorePreferredTermsOfExistingPods?: boolean;
}

/** A hint has no cluster to ask for namespace labels: where a term needs them, it may match. */
function mayMatch({ selector }: PodAffinityTerm, pod: PodInfo): boolean {
  return selector.usesNamespaceLabels || selector.matches(pod.pod, () => ({}));
}

/** Whether the other pod is one that this pod wants to be with. */
function meetsAll(terms: readonly PodAffinityTerm[], other: PodInfo): boolean {
  return terms.length > 0 && terms.every((term) => mayMatch(term, other));
}

/** Whether one of the two refuses to be with the other. */
function keptApart(pod: PodInfo, other: PodInfo): boolean {
  return (
    pod.requiredAntiAffinity.some((term) => mayMatch(term, other)) ||
    other.requiredAntiAffinity.some((term) => mayMatch(term, pod))
  );
}

/** Required and preferred pod affinity and anti-affinity, in both directions. */
export class InterPodAffinity implements PreFilterPlugin, FilterPlugin, PreScorePlugin, ScorePlugin {
  static readonly pluginName = name;
  readonly name = name;
  readonly events: readonly ClusterEventInterest[] = [
    interest('PodAssigned', (pod, event) => meetsAll(pod.requiredAffinity, event.pod), { sameForEqualPods: true }),
    interest('PodRemoved', (pod, event) => keptApart(pod, event.pod), { sameForEqualPods: true }),
    interest(
      'PodChanged',
      (pod, event) =>
        event.changed.has('labels') &&
        (isOwnChange(pod, event) || meetsAll(pod.requiredAffinity, event.pod) || keptApart(pod, event.before)),
    ),
    interest('NodeAdded'),
    interest('NodeUpdated', (_pod, { changed }) => changed.has('labels')),
  ];

  constructor(private readonly args: InterPodAffinityArgs = {}) {}

  preFilter(state: CycleState, pod: PodInfo, cluster: ClusterView): PreFilterOutcome {
    const prepared = AffinityState.of(pod, cluster);
    if (prepared.isEmpty) return { skip: true };
    state.write(filterKey, prepared);
    return undefined;
  }

  addPod(state: CycleState, _pod: PodInfo, other: PodInfo, node: NodeInfo): void {
    state.peek<AffinityState>(filterKey)?.adjust(other, node, 1);
  }

  removePod(state: CycleState, _pod: PodInfo, other: PodInfo, node: NodeInfo): void {
    state.peek<AffinityState>(filterKey)?.adjust(other, node, -1);
  }

  filter(state: CycleState, _pod: PodInfo, node: NodeInfo): Rejection | undefined {
    return refusals[state.read<AffinityState>(filterKey).judge()(node.slot)];
  }

  filterAll(state: CycleState, _pod: PodInfo, nodes: FeasibleNodes): void {
    const judge = state.read<AffinityState>(filterKey).judge();
    nodes.filter((slot) => refusals[judge(slot)]);
  }

  preScore(state: CycleState, pod: PodInfo, _nodes: FeasibleNodes, { placed }: ClusterView): boolean {
    const { hardPodAffinityWeight = 1, ignorePreferredTermsOfExistingPods = false } = this.args;
    const preferences: WeightedCounter[] = placed.preferencesFor(
      pod,
      hardPodAffinityWeight,
      ignorePreferredTermsOfExistingPods,
    );
    for (const { weight, term } of pod.preferredAffinity)
      preferences.push({ weight, counter: placed.byDomain(term.selector, term.topologyKey) });
    for (const { weight, term } of pod.preferredAntiAffinity)
      preferences.push({ weight: -weight, counter: placed.byDomain(term.selector, term.topologyKey) });
    state.write(scoreKey, preferences);
    return preferences.length > 0;
  }

  score(state: CycleState, _pod: PodInfo, node: NodeInfo): number {
    return state
      .read<WeightedCounter[]>(scoreKey)
      .reduce((sum, { weight, counter }) => sum + weight * counter.at(node.slot), 0);
  }

  scoreAll(state: CycleState, _pod: PodInfo, { slots, count }: FeasibleNodes, scores: Float64Array): void {
    for (const { weight, counter } of state.read<WeightedCounter[]>(scoreKey)) {
      const { domains } = counter.topology;
      const { byDomain } = counter;
      for (let i = 0; i < count; i++) {
        const found = byDomain[domains[slots[i] as number] as number];
        if (found) scores[i] = (scores[i] as number) + weight * found;
      }
    }
  }

  normalize(_state: CycleState, _pod: PodInfo, scores: Float64Array): void {
    let lowest = Infinity;
    let highest = -Infinity;
    for (const score of scores) {
      if (score < lowest) lowest = score;
      if (score > highest) highest = score;
    }
    const range = highest - lowest;
    for (let i = 0; i < scores.length; i++)
      scores[i] = range > 0 ? Math.trunc(100 * (((scores[i] as number) - lowest) / range)) : 0;
  }
}
