import type { ClusterView } from '../cache/cluster-view';
import type { NodeInfo } from '../cache/node-info';
import type { PodInfo } from '../cache/pod-info';
import { CycleState } from '../framework/cycle-state';
import type { Profile } from '../framework/profile';
import { Rejection } from '../framework/rejection';
import { fitErrorMessage } from './fit-error';

export type Selection =
  | { node: string; state: CycleState }
  | { node?: undefined; message: string; rejectedBy: ReadonlySet<string>; failed: boolean; nominatedNode?: string };

export interface SelectOptions {
  /** Where in the node list the search begins, so that all nodes get their turn when not all are looked at. */
  start: number;
  /** 1..100; 0 means kube-scheduler's adaptive share: 50 % less one per 125 nodes, at least 5 %. */
  percentageOfNodesToScore: number;
  /** 0 <= random() < 1, decides between nodes of equal score. */
  random: () => number;
}

/** Clusters up to this size are always searched whole (minFeasibleNodesToFind). */
const alwaysSearched = 100;

export function nodesToFind(nodeCount: number, percentage: number): number {
  if (nodeCount < alwaysSearched || percentage >= 100) return nodeCount;
  const share = percentage > 0 ? percentage : Math.max(5, 50 - Math.floor(nodeCount / 125));
  return Math.max(alwaysSearched, Math.floor((nodeCount * share) / 100));
}

interface PreFiltered {
  skipped: ReadonlySet<string>;
  names: ReadonlySet<string> | undefined;
  rejected?: Rejection;
}

function preFilter(profile: Profile, state: CycleState, pod: PodInfo, cluster: ClusterView): PreFiltered {
  const skipped = new Set<string>();
  let names: ReadonlySet<string> | undefined;
  for (const plugin of profile.preFilter) {
    const outcome = plugin.preFilter(state, pod, cluster);
    if (!outcome) continue;
    if ('rejected' in outcome) return { skipped, names, rejected: outcome.rejected };
    if ('skip' in outcome) skipped.add(plugin.name);
    else
      names =
        names === undefined ? outcome.nodeNames : new Set([...names].filter((name) => outcome.nodeNames.has(name)));
  }
  return { skipped, names };
}

function findFeasible(
  profile: Profile,
  state: CycleState,
  pod: PodInfo,
  candidates: readonly NodeInfo[],
  skipped: ReadonlySet<string>,
  options: SelectOptions,
) {
  const filters = profile.filter.filter(({ name }) => !skipped.has(name));
  const wanted = nodesToFind(candidates.length, options.percentageOfNodesToScore);
  const feasible: NodeInfo[] = [];
  const rejections = new Map<string, Rejection>();
  for (let i = 0; i < candidates.length && feasible.length < wanted; i++) {
    const node = candidates[(options.start + i) % candidates.length] as NodeInfo;
    let refused: Rejection | undefined;
    for (const filter of filters) if ((refused = filter.filter(state, pod, node))) break;
    if (refused) rejections.set(node.name, refused);
    else feasible.push(node);
  }
  return { feasible, rejections };
}

function bestOf(
  profile: Profile,
  state: CycleState,
  pod: PodInfo,
  nodes: readonly NodeInfo[],
  cluster: ClusterView,
  random: () => number,
): NodeInfo {
  const only = nodes[0] as NodeInfo;
  if (nodes.length === 1) return only;
  const passive = new Set(
    profile.preScore.filter((plugin) => !plugin.preScore(state, pod, nodes, cluster)).map(({ name }) => name),
  );
  const totals = new Float64Array(nodes.length);
  for (const { plugin, weight } of profile.score) {
    if (passive.has(plugin.name)) continue;
    const scores = new Float64Array(nodes.length);
    for (let i = 0; i < nodes.length; i++) scores[i] = plugin.score(state, pod, nodes[i] as NodeInfo);
    plugin.normalize?.(state, pod, scores, nodes);
    for (let i = 0; i < nodes.length; i++) totals[i] = (totals[i] ?? 0) + weight * (scores[i] ?? 0);
  }
  // Reservoir sampling: each of the nodes that share the best score is equally likely.
  let best = 0;
  let ties = 1;
  for (let i = 1; i < nodes.length; i++) {
    const total = totals[i] as number;
    if (total > (totals[best] as number)) {
      best = i;
      ties = 1;
    } else if (total === totals[best] && random() < 1 / ++ties) best = i;
  }
  return nodes[best] ?? only;
}

/** One scheduling cycle up to the choice of a node: pre-filter, filter, post-filter, pre-score, score. Changes nothing. */
export function selectNode(profile: Profile, pod: PodInfo, cluster: ClusterView, options: SelectOptions): Selection {
  const state = new CycleState();
  const nodeCount = cluster.nodes.length;
  const prepared = preFilter(profile, state, pod, cluster);
  if (prepared.rejected) {
    const { plugin, code, reasons } = prepared.rejected;
    return {
      message: fitErrorMessage(nodeCount, new Map(), reasons.join(', ')),
      rejectedBy: new Set([plugin]),
      failed: code === 'error',
    };
  }
  const { names } = prepared;
  const candidates = names === undefined ? cluster.nodes : cluster.nodes.filter(({ name }) => names.has(name));
  const { feasible, rejections } = findFeasible(profile, state, pod, candidates, prepared.skipped, options);
  if (feasible.length > 0) return { node: bestOf(profile, state, pod, feasible, cluster, options.random).name, state };

  const rejectedBy = new Set([...rejections.values()].map(({ plugin }) => plugin));
  if (names !== undefined) {
    rejectedBy.add('NodeAffinity');
    const left = rejection("node(s) didn't satisfy plugin(s) [NodeAffinity]");
    for (const node of cluster.nodes) if (!names.has(node.name)) rejections.set(node.name, left);
  }
  let message = '';
  let nominatedNode: string | undefined;
  for (const plugin of profile.postFilter) {
    const outcome = plugin.postFilter(state, pod, cluster, rejections);
    message = [message, outcome?.message].filter(Boolean).join(' ');
    nominatedNode ??= outcome?.nominatedNode;
  }
  const failed = [...rejections.values()].some(({ code }) => code === 'error');
  return { message: fitErrorMessage(nodeCount, rejections, undefined, message), rejectedBy, failed, nominatedNode };
}

function rejection(reason: string): Rejection {
  return { code: 'unresolvable', plugin: 'NodeAffinity', reasons: [reason] };
}
