import type { ClusterView } from '../cache/cluster-view';
import type { NodeInfo } from '../cache/node-info';
import type { PodInfo } from '../cache/pod-info';
import { CycleState } from '../framework/cycle-state';
import { FeasibleNodes } from '../framework/feasible-nodes';
import type { FilterPlugin } from '../framework/plugin';
import { ColumnRejections, NodeRejections } from '../framework/node-rejections';
import type { Preemption } from '../framework/preemption';
import type { Profile } from '../framework/profile';
import { Rejection, rejection } from '../framework/rejection';
import { runFiltersWithNominated } from '../framework/run-filters';
import type { NominatedPods } from '../queue/nominated-pods';
import { fitErrorMessage } from './fit-error';
import type { CrowdedNodes } from './crowded-nodes';
import { SignedAnswers, SplitProfile, WeightedScore } from './signed-answers';

export type Selection = { node: string; state: CycleState } | Refusal;

export interface Refusal extends AfterRefusal {
  node?: undefined;
  state: CycleState;
  message: string;
  rejectedBy: ReadonlySet<string>;
  failed: boolean;
}

/** What the post-filters came to. */
export interface AfterRefusal {
  nominatedNode?: string;
  preemption?: Preemption;
}

export interface SelectOptions {
  /**
   * 1..100: share of the nodes to find feasible before the search ends. 0 looks at all of them while every plugin
   * answers in columns, and at kube-scheduler's adaptive share (50 % less one per 125 nodes, at least 5 %) when one
   * has to be asked node by node.
   */
  percentageOfNodesToScore: number;
  /** 0 <= random() < 1, decides between nodes of equal score. */
  random: () => number;
  /** Pods for which room is being made. */
  nominated?: NominatedPods;
  /** A clock for the cycles that are measured; undefined for all others. */
  clock?: () => PhaseClock | undefined;
}

/** Told when an extension point has been passed. */
export interface PhaseClock {
  passed(point: 'PreFilter' | 'Filter' | 'PreScore' | 'Score' | 'PostFilter'): void;
}

/** Clusters up to this size are always searched whole (minFeasibleNodesToFind). */
const alwaysSearched = 100;
/** So many nominated pods are looked through without asking how many nodes are feasible. */
const fewNominated = 16;
/** Signatures whose answers are kept; each costs some tens of bytes a node. */
const keptSignatures = 64;

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

const leftOut = rejection('NodeAffinity', 'unresolvable', "node(s) didn't satisfy plugin(s) [NodeAffinity]");

/**
 * Chooses nodes for the pods of one profile: pre-filter, filter, post-filter, pre-score, score. It changes nothing in
 * the cluster; what it keeps between pods is only what equal pods share.
 */
export class NodeSelector {
  private readonly split: SplitProfile;
  private readonly answers = new Map<string, SignedAnswers>();
  private readonly feasible: FeasibleNodes;
  private totals = new Float64Array(0);
  private scores = new Float64Array(0);
  /** Where the search begins, so that all nodes get their turn when not all are looked at. */
  private start = 0;

  constructor(
    private readonly profile: Profile,
    private readonly cluster: ClusterView,
    private readonly options: SelectOptions,
  ) {
    this.split = new SplitProfile(profile);
    this.feasible = new FeasibleNodes(cluster);
  }

  select(pod: PodInfo): Selection {
    const state = new CycleState();
    const clock = this.options.clock?.();
    const prepared = this.preFilter(state, pod);
    clock?.passed('PreFilter');
    state.skippedFilters = prepared.skipped;
    if (prepared.rejected) return this.refusedAtOnce(state, pod, prepared.rejected);
    const answers = this.answersFor(pod);
    // Where room was made for it, the pod goes without looking further.
    const nominated = this.options.nominated?.nodeOf(pod.uid);
    if (nominated !== undefined && this.cluster.node(nominated) && prepared.names?.has(nominated) !== false) {
      this.search(state, pod, answers, { ...prepared, names: new Set([nominated]) });
      if (this.feasible.count > 0) return { node: nominated, state };
    }
    const isWhole = this.search(state, pod, answers, prepared);
    clock?.passed('Filter');
    const scores = this.activeScores(state, pod);
    clock?.passed('PreScore');
    const isByBase = isWhole && scores.length === 0 && answers.raw.every(({ different }) => different === 0);
    const node = isByBase ? this.bestByBase(answers) : this.best(state, pod, answers, scores);
    clock?.passed('Score');
    if (node) return { node: node.name, state };
    const refused = this.refused(state, pod, answers, prepared.names);
    clock?.passed('PostFilter');
    return refused;
  }

  private preFilter(state: CycleState, pod: PodInfo): PreFiltered {
    const skipped = new Set<string>();
    let names: ReadonlySet<string> | undefined;
    for (const plugin of this.profile.preFilter) {
      const outcome = plugin.preFilter(state, pod, this.cluster);
      if (!outcome) continue;
      if ('rejected' in outcome) return { skipped, names, rejected: outcome.rejected };
      if ('skip' in outcome) skipped.add(plugin.name);
      else
        names =
          names === undefined ? outcome.nodeNames : new Set([...names].filter((name) => outcome.nodeNames.has(name)));
    }
    return { skipped, names };
  }

  private answersFor(pod: PodInfo): SignedAnswers {
    const signature = this.split.sign(pod);
    let answers = this.answers.get(signature);
    if (answers) this.answers.delete(signature);
    else answers = new SignedAnswers(this.split, pod, this.cluster);
    this.answers.set(signature, answers);
    const [oldest] = this.answers.keys();
    if (this.answers.size > keptSignatures && oldest !== undefined) this.answers.delete(oldest);
    answers.refresh();
    return answers;
  }

  /** Leaves in `feasible` the nodes that fit, or as many of them as are asked for. True when those are all the signed plugins leave. */
  private search(state: CycleState, pod: PodInfo, answers: SignedAnswers, { skipped, names }: PreFiltered): boolean {
    const { cluster, feasible } = this;
    const { percentageOfNodesToScore } = this.options;
    const filters = this.split.filters.filter(({ name }) => !skipped.has(name));
    feasible.reset(() => this.fill(answers, names));
    for (const plugin of filters) plugin.filterAll?.(state, pod, feasible);
    const isAlone = this.giveWay(state, pod, filters.length === 0 ? answers.crowded : undefined);
    const slow = filters.filter((plugin) => !plugin.filterAll);
    if (slow.length === 0 && percentageOfNodesToScore === 0) return isAlone && filters.length === 0 && !names;
    const wanted = nodesToFind(names?.size ?? cluster.nodes.length, percentageOfNodesToScore);
    if (slow.length === 0) feasible.truncate(wanted);
    else feasible.filter((slot) => firstRefusal(slow, state, pod, cluster.inSlot(slot)), wanted);
    return false;
  }

  private fill({ fits }: SignedAnswers, names: ReadonlySet<string> | undefined): void {
    const { cluster, feasible } = this;
    if (names) {
      for (const name of names) {
        const slot = cluster.node(name)?.slot ?? -1;
        if (fits[slot] === 1) feasible.push(slot);
      }
      return;
    }
    const { slotCount } = cluster;
    const first = this.start++ % Math.max(1, slotCount);
    feasible.take(fits, first, slotCount);
    feasible.take(fits, 0, first);
  }

  /** Nodes where pods of no lower priority are nominated must have room for both. True when there are none. */
  private giveWay(state: CycleState, pod: PodInfo, shared: CrowdedNodes | undefined): boolean {
    const { nominated } = this.options;
    if (!nominated || nominated.size === 0) return true;
    const { feasible, cluster } = this;
    // Whichever is shorter: while room is made in thousands of places a pod has few nodes left, or its own alone.
    const byNode = nominated.size > fewNominated && feasible.count < nominated.size;
    const others = byNode ? undefined : new Map<number, readonly PodInfo[]>();
    if (others) for (const { node, pods } of nominated.aheadOf(pod)) others.set(cluster.node(node)?.slot ?? -1, pods);
    if (others?.size === 0) return true;
    feasible.filter((slot) => {
      const node = cluster.inSlot(slot);
      const there = others ? others.get(slot) : node && nominated.aheadOn(node.name, pod);
      if (!there || !node) return undefined;
      const ask = () => runFiltersWithNominated(this.profile, state, pod, node, there);
      if (!shared) return ask();
      const generation = cluster.generations[slot] ?? -1;
      return shared.refusal(slot, { generation, priority: pod.priority, ahead: there }, ask);
    });
    return false;
  }

  /** The scores that say anything about this pod, beside those that are part of the answers' base. */
  private activeScores(state: CycleState, pod: PodInfo): readonly WeightedScore[] {
    const { split, feasible, cluster } = this;
    const passive = new Set<string>();
    for (const plugin of split.preScores) if (!plugin.preScore(state, pod, feasible, cluster)) passive.add(plugin.name);
    return split.scores.filter(({ plugin }) => !passive.has(plugin.name));
  }

  private bestByBase(answers: SignedAnswers): NodeInfo | undefined {
    const slot = answers.best.pick(this.options.random);
    return slot === undefined ? undefined : this.cluster.inSlot(slot);
  }

  private best(
    state: CycleState,
    pod: PodInfo,
    answers: SignedAnswers,
    active: readonly WeightedScore[],
  ): NodeInfo | undefined {
    const { feasible } = this;
    const { count, slots } = feasible;
    if (count <= 1) return count === 1 ? feasible.nodeAt(0) : undefined;
    if (this.totals.length < count) {
      this.totals = new Float64Array(slots.length);
      this.scores = new Float64Array(slots.length);
    }
    const totals = this.totals.subarray(0, count);
    const scores = this.scores.subarray(0, count);
    const { base } = answers;
    for (let i = 0; i < count; i++) totals[i] = base[slots[i] as number] as number;
    for (const { score, column, different } of answers.raw) {
      if (different === 0) continue;
      for (let i = 0; i < count; i++) scores[i] = column[slots[i] as number] as number;
      this.addUp(state, pod, score, scores, totals);
    }
    for (const score of active) {
      const { plugin } = score;
      scores.fill(0);
      if (plugin.scoreAll) plugin.scoreAll(state, pod, feasible, scores);
      else for (let i = 0; i < count; i++) scores[i] = plugin.score(state, pod, feasible.nodeAt(i));
      this.addUp(state, pod, score, scores, totals);
    }
    return feasible.nodeAt(highest(totals, this.options.random));
  }

  private addUp(
    state: CycleState,
    pod: PodInfo,
    { plugin, weight }: WeightedScore,
    scores: Float64Array,
    totals: Float64Array,
  ): void {
    plugin.normalize?.(state, pod, scores);
    for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] as number) + weight * (scores[i] as number);
  }

  private refusedAtOnce(state: CycleState, pod: PodInfo, rejected: Rejection): Selection {
    const { nodes } = this.cluster;
    const rejections = new ColumnRejections(this.cluster, () => rejected);
    const { message, ...after } = runPostFilters(this.profile, state, pod, this.cluster, rejections);
    return {
      state,
      message: fitErrorMessage(nodes.length, new Map(), rejected.reasons.join(', '), message),
      rejectedBy: new Set([rejected.plugin]),
      failed: rejected.code === 'error',
      ...after,
    };
  }

  private refused(
    state: CycleState,
    pod: PodInfo,
    answers: SignedAnswers,
    names: ReadonlySet<string> | undefined,
  ): Selection {
    const { cluster, feasible } = this;
    const rejections = new ColumnRejections(cluster, ({ name, slot }) =>
      names && !names.has(name) ? leftOut : (answers.refusal(slot) ?? feasible.rejections.get(slot)),
    );
    const rejectedBy = new Set<string>();
    let failed = false;
    for (const { plugin, code } of rejections.tally.keys()) {
      rejectedBy.add(plugin);
      failed ||= code === 'error';
    }
    if (names) rejectedBy.add(leftOut.plugin);
    const { message, ...after } = runPostFilters(this.profile, state, pod, cluster, rejections);
    return {
      state,
      message: fitErrorMessage(cluster.nodes.length, rejections.tally, undefined, message),
      rejectedBy,
      failed,
      ...after,
    };
  }
}

/** All of them speak, the first that makes room decides where. */
export function runPostFilters(
  profile: Profile,
  state: CycleState,
  pod: PodInfo,
  cluster: ClusterView,
  rejections: NodeRejections,
): AfterRefusal & { message: string } {
  const messages: string[] = [];
  const after: AfterRefusal = {};
  for (const plugin of cluster.nodes.length > 0 ? profile.postFilter : []) {
    const outcome = plugin.postFilter(state, pod, cluster, rejections);
    if (outcome?.message) messages.push(outcome.message);
    after.nominatedNode ||= outcome?.nominatedNode ?? after.nominatedNode;
    after.preemption ??= outcome?.preemption;
  }
  return { message: messages.join(', '), ...after };
}

function firstRefusal(
  filters: readonly FilterPlugin[],
  state: CycleState,
  pod: PodInfo,
  node: NodeInfo | undefined,
): Rejection | undefined {
  for (const plugin of filters) {
    const refused = node && plugin.filter(state, pod, node);
    if (refused) return refused;
  }
  return undefined;
}

/** The index of the highest total; each of those that share it is equally likely. */
function highest(totals: Float64Array, random: () => number): number {
  let ties = 0;
  let first = 0;
  let top = -Infinity;
  for (let i = 0; i < totals.length; i++) {
    const total = totals[i] as number;
    if (total > top) {
      top = total;
      first = i;
      ties = 1;
    } else if (total === top) ties++;
  }
  let skip = ties === 1 ? 0 : Math.floor(random() * ties);
  let at = first;
  while (skip > 0) if (totals[++at] === top) skip--;
  return at;
}

/** One choice by itself, for those who have no use for what equal pods share. */
export function selectNode(profile: Profile, pod: PodInfo, cluster: ClusterView, options: SelectOptions): Selection {
  return new NodeSelector(profile, cluster, options).select(pod);
}
