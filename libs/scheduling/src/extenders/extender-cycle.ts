import type { ClusterView } from '../cache/cluster-view';
import type { NodeInfo } from '../cache/node-info';
import type { PodInfo } from '../cache/pod-info';
import { fitErrorMessage } from '../cycle/fit-error';
import type { Selection } from '../cycle/select-node';
import { CycleState } from '../framework/cycle-state';
import { FeasibleNodes } from '../framework/feasible-nodes';
import type { Profile } from '../framework/profile';
import { Rejection, rejection } from '../framework/rejection';
import { runFiltersWithNominated } from '../framework/run-filters';
import type { NominatedPods } from '../queue/nominated-pods';
import type { Extender } from './extender';

/** Scores of extenders go to 10, those of plugins to 100. */
const extenderScale = 10;

interface Prepared {
  state: CycleState;
  feasible: NodeInfo[];
  rejections: Map<string, Rejection>;
  rejected?: Rejection;
}

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
    const feasible = await this.filter(interested, pod, before);
    if (feasible.length === 0) return refusal(profile, pod, cluster, before, feasible);
    const totals = await this.score(interested, profile, pod, cluster, before.state, feasible);
    return this.best(profile, pod, cluster, nominated, totals);
  }

  private async filter(extenders: readonly Extender[], pod: PodInfo, { feasible, rejections }: Prepared) {
    let left: readonly NodeInfo[] = feasible;
    for (const extender of extenders) {
      if (left.length === 0 || !extender.filters) continue;
      const { nodes, failed, unresolvable } = await extender.filter(pod, left);
      for (const [name, reason] of Object.entries(failed))
        rejections.set(name, rejection(extender.name, 'unschedulable', reason));
      for (const [name, reason] of Object.entries(unresolvable))
        rejections.set(name, rejection(extender.name, 'unresolvable', reason));
      left = nodes;
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

function prepare(profile: Profile, pod: PodInfo, cluster: ClusterView, nominated: NominatedPods): Prepared {
  const state = new CycleState();
  const skipped = new Set<string>();
  const rejections = new Map<string, Rejection>();
  let names: ReadonlySet<string> | undefined;
  for (const plugin of profile.preFilter) {
    const outcome = plugin.preFilter(state, pod, cluster);
    if (!outcome) continue;
    if ('rejected' in outcome) return { state, feasible: [], rejections, rejected: outcome.rejected };
    if ('skip' in outcome) skipped.add(plugin.name);
    else names = names ? new Set([...names].filter((name) => outcome.nodeNames.has(name))) : outcome.nodeNames;
  }
  state.skippedFilters = skipped;
  const feasible: NodeInfo[] = [];
  for (const node of cluster.nodes) {
    const refused = names?.has(node.name) === false ? leftOut : fits(profile, state, pod, node, nominated);
    if (refused) rejections.set(node.name, refused);
    else feasible.push(node);
  }
  return { state, feasible, rejections };
}

const leftOut = rejection('NodeAffinity', 'unresolvable', "node(s) didn't satisfy plugin(s) [NodeAffinity]");

function fits(profile: Profile, state: CycleState, pod: PodInfo, node: NodeInfo, nominated: NominatedPods) {
  return runFiltersWithNominated(profile, state, pod, node, nominated.on(node.name));
}

function scoreByPlugins(
  profile: Profile,
  pod: PodInfo,
  cluster: ClusterView,
  state: CycleState,
  nodes: readonly NodeInfo[],
): Map<string, number> {
  const list = new FeasibleNodes(cluster);
  list.reset(() => {
    for (const { slot } of nodes) list.push(slot);
  });
  const passive = new Set<string>();
  for (const plugin of profile.preScore) if (!plugin.preScore(state, pod, list, cluster)) passive.add(plugin.name);
  const totals = new Map(nodes.map(({ name }) => [name, 0]));
  for (const { plugin, weight } of profile.score) {
    if (passive.has(plugin.name)) continue;
    const scores = new Float64Array(nodes.length);
    if (plugin.scoreAll) plugin.scoreAll(state, pod, list, scores);
    else nodes.forEach((node, at) => (scores[at] = plugin.score(state, pod, node)));
    plugin.normalize?.(state, pod, scores);
    nodes.forEach(({ name }, at) => totals.set(name, (totals.get(name) ?? 0) + weight * (scores[at] ?? 0)));
  }
  return totals;
}

function refusal(
  profile: Profile,
  pod: PodInfo,
  cluster: ClusterView,
  { state, rejections, rejected }: Prepared,
  afterExtenders?: readonly NodeInfo[],
): Selection {
  const all = rejected ? new Map(cluster.nodes.map(({ name }) => [name, rejected])) : rejections;
  const messages: string[] = [];
  let nominatedNode: string | undefined;
  for (const plugin of cluster.nodes.length > 0 ? profile.postFilter : []) {
    const outcome = plugin.postFilter(state, pod, cluster, all);
    if (outcome?.message) messages.push(outcome.message);
    nominatedNode ||= outcome?.nominatedNode ?? nominatedNode;
  }
  const rejectedBy = new Set(rejected ? [rejected.plugin] : [...rejections.values()].map(({ plugin }) => plugin));
  return {
    message: fitErrorMessage(
      cluster.nodes.length,
      rejected ? new Map() : rejections,
      rejected?.reasons.join(', '),
      messages.join(', '),
    ),
    // What an extender takes away it may give again without telling: the pod is tried again after its back-off.
    rejectedBy: afterExtenders ? new Set() : rejectedBy,
    failed: [...all.values()].some(({ code }) => code === 'error'),
    nominatedNode,
  };
}
