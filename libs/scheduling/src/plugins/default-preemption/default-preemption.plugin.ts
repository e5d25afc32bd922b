import type { ClusterView } from '../../cache/cluster-view';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';
import { fitErrorMessage } from '../../cycle/fit-error';
import type { CycleState } from '../../framework/cycle-state';
import type { PostFilterOutcome, PostFilterPlugin, PreEnqueuePlugin } from '../../framework/plugin';
import { NodeRejections, rejectionOf, tallyOf } from '../../framework/node-rejections';
import type { Preemption } from '../../framework/preemption';
import { Rejection, rejection } from '../../framework/rejection';
import type { Filters } from '../../framework/run-filters';
import type { NominatedPods } from '../../queue/nominated-pods';
import { Candidate, pickCandidate } from './pick-candidate';
import { DryRuns } from './dry-runs';
import type { Budget } from './victims';

export interface DefaultPreemptionArgs {
  readonly minCandidateNodesPercentage?: number;
  readonly minCandidateNodesAbsolute?: number;
}

/** What preemption does to the cluster, and what it must know of it beyond pods and nodes. */
export interface PreemptionNeeds {
  budgets(): readonly Budget[];
  /** Tells the victim why and deletes it. A victim that is gone already is no error. */
  evict(victim: PodInfo, preemptor: PodInfo, node: string): Promise<void>;
  /** Takes back the nomination of a pod of lower priority: its room is taken. */
  clearNomination(pod: PodInfo): Promise<void>;
  /** Extenders that have a say in where to preempt, narrowing the candidates down. */
  reviewCandidates?(
    pod: PodInfo,
    candidates: readonly Candidate[],
    cluster: ClusterView,
  ): Promise<readonly Candidate[]>;
  /** How many pods were preempted at once. */
  onVictims?(count: number): void;
}

/** The scheduler's side of it. */
export interface PreemptionHandle {
  filters(): Filters;
  readonly nominated: NominatedPods;
  /** Turns a pod that waits for its permit away; false when it does not wait. */
  rejectWaiting(uid: string, reason: string): boolean;
  /** The preemption for this pod is over: it may be queued again, or must when it broke. */
  preemptionEnded(pod: PodInfo, outcome: { nominatedNode?: string; failed: boolean }): void;
  random(): number;
}

const notHelpful = rejection('DefaultPreemption', 'unresolvable', 'Preemption is not helpful for scheduling');
const unfinished = rejection(
  'DefaultPreemption',
  'unresolvable',
  'waiting for the preemption for this pod to be finished',
);

/** Makes room for a pod that fits nowhere by deleting pods of lower priority from the node where that hurts least. */
export class DefaultPreemption implements PostFilterPlugin, PreEnqueuePlugin {
  static readonly pluginName = 'DefaultPreemption';
  readonly name = DefaultPreemption.pluginName;
  /** Pods held back while preempting are let go when it ends, not by events. */
  readonly events = [];
  private readonly preempting = new Set<string>();
  private readonly dryRuns = new DryRuns();

  constructor(
    private readonly args: DefaultPreemptionArgs,
    private readonly needs: PreemptionNeeds,
    private readonly handle: PreemptionHandle,
  ) {}

  preEnqueue(pod: PodInfo): Rejection | undefined {
    return this.preempting.has(pod.uid) ? unfinished : undefined;
  }

  postFilter(
    state: CycleState,
    pod: PodInfo,
    cluster: ClusterView,
    rejections: NodeRejections,
  ): PostFilterOutcome | undefined {
    const ineligible = this.ineligible(pod, cluster, rejections);
    if (ineligible) return { message: `preemption: ${ineligible}` };
    const { candidates, refusals } = this.dryRun(state, pod, cluster, rejections);
    if (candidates.length === 0) {
      const count = cluster.nodes.length;
      const tally = tallyOf(refusals);
      if (count > refusals.length) tally.set(notHelpful, count - refusals.length);
      return { message: `preemption: ${fitErrorMessage(count, tally)}`, nominatedNode: '' };
    }
    if (this.needs.reviewCandidates) {
      const reviewed = this.needs.reviewCandidates(pod, candidates, cluster).then(pickCandidate);
      return { preemption: this.preemption(pod, reviewed) };
    }
    const best = pickCandidate(candidates);
    if (!best) return { message: 'preemption: no candidate node for preemption' };
    return { nominatedNode: best.node, preemption: this.preemption(pod, best) };
  }

  private preemption(pod: PodInfo, best: Candidate | Promise<Candidate | undefined>): Preemption {
    const planOf = ({ node, victims: { pods } }: Candidate) => ({ node, pods });
    return {
      get plan() {
        return best instanceof Promise ? best.then((found) => found && planOf(found)) : planOf(best);
      },
      start: () => void this.run(pod, best),
    };
  }

  private ineligible(pod: PodInfo, cluster: ClusterView, rejections: NodeRejections): string | undefined {
    if (pod.pod.spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
    const nominated = this.handle.nominated.nodeOf(pod.uid) ?? pod.pod.status?.nominatedNodeName;
    if (!nominated || rejections.get(nominated)?.code === 'unresolvable') return undefined;
    const isMakingRoom = [...(cluster.node(nominated)?.pods.values() ?? [])].some(
      (other) => other.priority < pod.priority && isTerminatingByPreemption(other),
    );
    return isMakingRoom ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
  }

  /** Tries nodes from a random one on until enough candidates are found. */
  private dryRun(
    state: CycleState,
    pod: PodInfo,
    cluster: ClusterView,
    rejections: NodeRejections,
  ): { candidates: Candidate[]; refusals: Rejection[] } {
    const potential = cluster.nodes.filter((node) => rejectionOf(rejections, node)?.code === 'unschedulable');
    const wanted = this.candidatesWanted(potential.length);
    const offset = Math.floor(this.handle.random() * potential.length);
    const dryRuns = this.dryRuns.for({ filters: this.handle.filters(), pod, state, budgets: this.needs.budgets() });
    const harmless: Candidate[] = [];
    const violating: Candidate[] = [];
    const refusals: Rejection[] = [];
    for (let i = 0; i < potential.length; i++) {
      const node = potential[(offset + i) % potential.length] as NodeInfo;
      const found = dryRuns.on(node, cluster.generations[node.slot] ?? -1, this.handle.nominated);
      if ('reasons' in found) refusals.push(found);
      else (found.budgetViolations === 0 ? harmless : violating).push({ node: node.name, victims: found });
      if (harmless.length > 0 && harmless.length + violating.length >= wanted) break;
    }
    return { candidates: [...harmless, ...violating], refusals };
  }

  private candidatesWanted(nodes: number): number {
    const { minCandidateNodesPercentage: share = 10, minCandidateNodesAbsolute: count = 100 } = this.args;
    return Math.min(nodes, Math.max(count, Math.floor((nodes * share) / 100)));
  }

  /** Runs beside later cycles; the pod stays out of the queue meanwhile. */
  private async run(pod: PodInfo, choice: Candidate | Promise<Candidate | undefined>): Promise<void> {
    this.preempting.add(pod.uid);
    let failed = false;
    let nominatedNode: string | undefined;
    try {
      const best = await choice;
      nominatedNode = best?.node;
      if (best) await this.evictAll(pod, best);
    } catch {
      // Whoever evicts has told why. The pod is tried again at once: no deletion may come to wake it.
      failed = true;
    }
    this.preempting.delete(pod.uid);
    this.handle.preemptionEnded(pod, { nominatedNode, failed });
  }

  private async evictAll(pod: PodInfo, { node, victims }: Candidate): Promise<void> {
    this.needs.onVictims?.(victims.pods.length);
    const outranked = this.handle.nominated.on(node).filter(({ priority }) => priority < pod.priority);
    // A nomination that stays is only less exact: the pod finds its room taken and looks elsewhere.
    await Promise.allSettled(
      outranked.map((other) => {
        this.handle.nominated.delete(other.uid);
        // No victim's end will wake it, as it waits for none any more.
        this.handle.preemptionEnded(other, { failed: true });
        return this.needs.clearNomination(other);
      }),
    );
    await Promise.all(
      victims.pods.map((victim) => {
        if (victim.pod.metadata.deletionTimestamp) return Promise.resolve();
        if (this.handle.rejectWaiting(victim.uid, 'preempted')) return Promise.resolve();
        return this.needs.evict(victim, pod, node);
      }),
    );
  }
}

function isTerminatingByPreemption({ pod }: PodInfo): boolean {
  if (!pod.metadata.deletionTimestamp) return false;
  const condition = pod.status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  return condition?.status === 'True' && condition.reason === 'PreemptionByScheduler';
}
