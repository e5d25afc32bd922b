import type {
  FilterPlugin,
  PreFilterOutcome,
  PreFilterPlugin,
  PreScorePlugin,
  ScorePlugin,
} from '../../framework/plugin';
import type { ClusterEventInterest } from '../../framework/cluster-event';
import { Rejection, rejection } from '../../framework/rejection';
import type { CycleState } from '../../framework/cycle-state';
import type { CarriedTerm, ClusterView } from '../../cache/cluster-view';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';
import type { TermCounter } from '../../cache/term-counter';

const name = 'InterPodAffinity';
const affinityUnmet = rejection(name, 'unresolvable', "node(s) didn't match pod affinity rules");
const antiAffinityUnmet = rejection(name, 'unschedulable', "node(s) didn't match pod anti-affinity rules");
const existingAntiAffinity = rejection(
  name,
  'unschedulable',
  "node(s) didn't satisfy existing pods anti-affinity rules",
);

interface FilterState {
  together: TermCounter[];
  apart: TermCounter[];
  /** Anti-affinity of pods already placed, that this pod would violate. */
  against: TermCounter[];
  /** The first pod of a group that only wants to be with its own kind may go anywhere (kube-scheduler's special case). */
  firstOfItsGroup: boolean;
}

function prepare(pod: PodInfo, cluster: ClusterView): FilterState {
  const together = pod.requiredAffinity.map((term) => cluster.matching(term));
  const nobodyYet = together.every((counter) => counter.total === 0);
  return {
    together,
    apart: pod.requiredAntiAffinity.map((term) => cluster.matching(term)),
    against: cluster.antiAffinityAgainst(pod.pod),
    firstOfItsGroup: nobodyYet && pod.requiredAffinity.every((term) => cluster.matches(term, pod.pod)),
  };
}

function affinityMet({ together, firstOfItsGroup }: FilterState, node: NodeInfo): boolean {
  const hasEveryKey = together.every(({ term }) => node.labels[term.topologyKey] !== undefined);
  return hasEveryKey && (firstOfItsGroup || together.every((counter) => counter.at(node) > 0));
}

/** Required and preferred pod affinity and anti-affinity, in both directions. */
export class InterPodAffinity implements PreFilterPlugin, FilterPlugin, PreScorePlugin, ScorePlugin {
  static readonly pluginName = name;
  readonly name = name;
  readonly events: readonly ClusterEventInterest[] = [
    { kind: 'PodAssigned', helps: (pod) => pod.requiredAffinity.length > 0 },
    { kind: 'PodRemoved' },
    { kind: 'NodeAdded' },
    { kind: 'NodeUpdated', helps: (_pod, event) => event.kind === 'NodeUpdated' && event.changed.has('labels') },
  ];

  /** hardAffinityWeight: what a placed pod's required affinity for this pod counts for in scoring (hardPodAffinityWeight). */
  constructor(private readonly hardAffinityWeight = 1) {}

  preFilter(state: CycleState, pod: PodInfo, cluster: ClusterView): PreFilterOutcome {
    const prepared = prepare(pod, cluster);
    if (prepared.together.length === 0 && prepared.apart.length === 0 && prepared.against.length === 0)
      return { skip: true };
    state.write(`${name}/filter`, prepared);
    return undefined;
  }

  filter(state: CycleState, _pod: PodInfo, node: NodeInfo): Rejection | undefined {
    const prepared = state.read<FilterState>(`${name}/filter`);
    if (!affinityMet(prepared, node)) return affinityUnmet;
    if (prepared.apart.some((counter) => counter.at(node) > 0)) return antiAffinityUnmet;
    return prepared.against.some((counter) => counter.at(node) > 0) ? existingAntiAffinity : undefined;
  }

  preScore(state: CycleState, pod: PodInfo, _nodes: readonly NodeInfo[], cluster: ClusterView): boolean {
    const own = [
      ...pod.preferredAffinity.map(({ weight, term }) => ({ weight, counter: cluster.matching(term) })),
      ...pod.preferredAntiAffinity.map(({ weight, term }) => ({ weight: -weight, counter: cluster.matching(term) })),
    ];
    const preferences: CarriedTerm[] = [...own, ...cluster.preferencesFor(pod.pod, this.hardAffinityWeight)];
    state.write(`${name}/score`, preferences);
    return preferences.length > 0;
  }

  score(state: CycleState, _pod: PodInfo, node: NodeInfo): number {
    return state
      .read<CarriedTerm[]>(`${name}/score`)
      .reduce((sum, { weight, counter }) => sum + weight * counter.at(node), 0);
  }

  normalize(_state: CycleState, _pod: PodInfo, scores: Float64Array): void {
    const lowest = Math.min(...scores);
    const range = Math.max(...scores) - lowest;
    for (let i = 0; i < scores.length; i++)
      scores[i] = range === 0 ? 0 : Math.floor((100 * ((scores[i] ?? 0) - lowest)) / range);
  }
}
