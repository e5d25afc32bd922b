import type { ClusterView } from '../cache/cluster-view';
import type { NodeInfo } from '../cache/node-info';
import type { PodInfo } from '../cache/pod-info';
import { fitErrorMessage } from '../cycle/fit-error';
import { Selection, runPostFilters } from '../cycle/select-node';
import type { CycleState } from '../framework/cycle-state';
import { ColumnRejections, tallyOf } from '../framework/node-rejections';
import type { Profile } from '../framework/profile';
import { Rejection, rejection } from '../framework/rejection';
import type { NominatedPods } from '../queue/nominated-pods';
import { Prepared, prepare, scoreByPlugins } from '../cycle/node-by-node';
import type { Extender } from './extender';

/** Scores of extenders go to 10, those of plugins to 100. */
const extenderScale = 10;
/** Stands for all extenders among the plugins that refused a pod. Nobody knows what helps there: any event may. */
export const extenderName = 'Extender';

/**
 * The scheduling cycle of pods that an extender has a say about. Extenders are asked over the network, so the cluster
 * changes meanwhile: the chosen node is checked again at the end, and another try is made when it no longer fits.
 */
export class ExtenderCycle {
  constructor(
    private readonly extenders: readonly Extender[],
    private readonly random: () => number = Math.random,
  ) {}

  isInterestedIn(pod: PodInfo): boolean {
    return this.extenders.some((extender) => extender.isInterestedIn(pod));
  }

  async select(profile: Profile, pod: PodInfo, cluster: ClusterView, nominated: NominatedPods): Promise<Selection> {
    const interested = this.extenders.filter((extender) => extender.isInterestedIn(pod));
    const before = prepare(profile, pod, cluster, nominated);
    if (before.feasible.length === 0) return refusal(profile, pod, cluster, before);
    const nominee = await this.nominee(interested, pod, before, nominated);
    const feasible = nominee ? [nominee] : await this.filter(interested, pod, before.feasible, before.rejections);
    if (feasible.length === 0) return refusal(profile, pod, cluster, before);
    // With one node there is nothing to compare.
    if (feasible.length === 1)
      return this.best(profile, pod, cluster, nominated, new Map(feasible.map(({ name }) => [name, 0])));
    const totals = await this.score(interested, profile, pod, cluster, before.state, feasible);
    return this.best(profile, pod, cluster, nominated, totals);
  }

  /** The node where room was made for the pod, when it still fits there and the extenders agree. */
  private async nominee(
    extenders: readonly Extender[],
    pod: PodInfo,
    { feasible }: Prepared,
    nominated: NominatedPods,
  ): Promise<NodeInfo | undefined> {
    const name = nominated.nodeOf(pod.uid);
    const node = name === undefined ? undefined : feasible.find((one) => one.name === name);
    return node && (await this.filter(extenders, pod, [node], new Map()))[0];
  }

  private async filter(
    extenders: readonly Extender[],
    pod: PodInfo,
    nodes: readonly NodeInfo[],
    rejections: Map<string, Rejection>,
  ): Promise<readonly NodeInfo[]> {
    let left = nodes;
    for (const extender of extenders) {
      if (left.length === 0 || !extender.filters) continue;
      const outcome = await extender.filter(pod, left);
      const { failed, unresolvable } = outcome;
      for (const [name, reason] of Object.entries(failed))
        rejections.set(name, rejection(extenderName, 'unschedulable', reason));
      for (const [name, reason] of Object.entries(unresolvable))
        rejections.set(name, rejection(extenderName, 'unresolvable', reason));
      left = outcome.nodes;
    }
    return left;
  }

  private async score(
    extenders: readonly Extender[],
    profile: Profile,
    pod: PodInfo,
    cluster: ClusterView,
    state: CycleState,
    nodes: readonly NodeInfo[],
  ): Promise<Map<string, number>> {
    const totals = scoreByPlugins(profile, pod, cluster, state, nodes);
    const answers = await Promise.all(
      extenders.filter(({ prioritizes }) => prioritizes).map((extender) => extender.prioritize(pod, nodes)),
    );
    for (const { scores, weight } of answers)
      for (const [name, score] of scores)
        if (totals.has(name)) totals.set(name, (totals.get(name) ?? 0) + score * weight * extenderScale);
    return totals;
  }

  /** The best node that still fits. */
  private best(
    profile: Profile,
    pod: PodInfo,
    cluster: ClusterView,
    nominated: NominatedPods,
    totals: ReadonlyMap<string, number>,
  ): Selection {
    const now = prepare(profile, pod, cluster, nominated);
    const still = now.feasible.filter(({ name }) => totals.has(name));
    if (still.length === 0) throw new Error('the nodes that the extenders agreed to have changed meanwhile');
    const highest = Math.max(...still.map(({ name }) => totals.get(name) ?? 0));
    const equal = still.filter(({ name }) => totals.get(name) === highest);
    const chosen = equal[Math.floor(this.random() * equal.length)] as NodeInfo;
    return { node: chosen.name, state: now.state };
  }
}

function refusal(
  profile: Profile,
  pod: PodInfo,
  cluster: ClusterView,
  { state, rejections, rejected }: Prepared,
): Selection {
  const all = rejected ? new ColumnRejections(cluster, () => rejected) : rejections;
  const { message, ...after } = runPostFilters(profile, state, pod, cluster, all);
  const rejectedBy = new Set(rejected ? [rejected.plugin] : [...rejections.values()].map(({ plugin }) => plugin));
  return {
    state,
    message: fitErrorMessage(
      cluster.nodes.length,
      rejected ? new Map() : tallyOf(rejections.values()),
      rejected?.reasons.join(', '),
      message,
    ),
    rejectedBy,
    failed: [...all.values()].some(({ code }) => code === 'error'),
    ...after,
  };
}
