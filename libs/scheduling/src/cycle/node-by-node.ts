import type { ClusterView } from '../cache/cluster-view';
import type { NodeInfo } from '../cache/node-info';
import type { PodInfo } from '../cache/pod-info';
import { CycleState } from '../framework/cycle-state';
import { FeasibleNodes } from '../framework/feasible-nodes';
import type { Profile } from '../framework/profile';
import { Rejection, rejection } from '../framework/rejection';
import { runFiltersWithNominated } from '../framework/run-filters';
import type { NominatedPods } from '../queue/nominated-pods';

/** Which nodes a pod fits on, asked node by node: for those who need all of it and not only the best node. */
export interface Prepared {
  state: CycleState;
  feasible: NodeInfo[];
  rejections: Map<string, Rejection>;
  rejected?: Rejection;
}

export function prepare(profile: Profile, pod: PodInfo, cluster: ClusterView, nominated: NominatedPods): Prepared {
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

/** Weighted totals, with everything that the plugins say. */
export function scoreByPlugins(
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
