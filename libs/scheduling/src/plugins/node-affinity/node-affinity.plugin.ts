import type { DeepReadonly, Pod } from '@nestor/api';
import type {
  FilterPlugin,
  PreFilterOutcome,
  PreFilterPlugin,
  PreScorePlugin,
  ScorePlugin,
  SignPlugin,
} from '../../framework/plugin';
import { ClusterEventInterest, interest } from '../../framework/cluster-event';
import { Rejection, rejection } from '../../framework/rejection';
import type { CycleState } from '../../framework/cycle-state';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';
import { NodeSelectorTerm, matchesNodeTerm, namesPinnedBy } from '@nestor/api';
import { normalizeToHundred } from '../default-normalize-score';

type AffinityOfNode = NonNullable<NonNullable<NonNullable<Pod['spec']>['affinity']>['nodeAffinity']>;

export interface NodeAffinityArgs {
  /** Joins the pod's own for every pod of the profile. */
  readonly addedAffinity?: DeepReadonly<AffinityOfNode>;
}

const enforced = rejection('NodeAffinity', 'unresolvable', "node(s) didn't match scheduler-enforced node affinity");
const refused = rejection('NodeAffinity', 'unresolvable', "node(s) didn't match Pod's node affinity/selector");

/** Whether the node meets the pod's node selector and required node affinity. */
export function meetsNodeAffinity(pod: PodInfo, node: NodeInfo): boolean {
  const labels = node.labels;
  for (const [key, value] of pod.nodeSelector) if (labels[key] !== value) return false;
  return pod.requiredNodeTerms === undefined || pod.requiredNodeTerms.some((term) => matchesNodeTerm(term, node.node));
}

/** spec.nodeSelector and spec.affinity.nodeAffinity. */
export class NodeAffinity implements PreFilterPlugin, FilterPlugin, PreScorePlugin, ScorePlugin, SignPlugin {
  static readonly pluginName = 'NodeAffinity';
  readonly name = NodeAffinity.pluginName;
  private readonly addedTerms: readonly NodeSelectorTerm[] | undefined;
  private readonly addedPreferences: readonly { weight: number; term: NodeSelectorTerm }[];
  readonly events: readonly ClusterEventInterest[] = [
    interest('NodeAdded', (pod, { node }) => meetsNodeAffinity(pod, node)),
    interest('NodeUpdated', (pod, { node, changed }) => changed.has('labels') && meetsNodeAffinity(pod, node)),
  ];

  constructor({ addedAffinity }: NodeAffinityArgs = {}) {
    this.addedTerms = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
    this.addedPreferences = (addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ weight, preference }) => ({ weight, term: preference }),
    );
  }

  signPod({ pod }: PodInfo): string {
    const { nodeSelector, affinity } = pod.spec ?? {};
    return nodeSelector || affinity?.nodeAffinity ? JSON.stringify([nodeSelector, affinity?.nodeAffinity]) : '';
  }

  preFilter(_state: CycleState, pod: PodInfo): PreFilterOutcome {
    if (pod.nodeSelector.length === 0 && pod.requiredNodeTerms === undefined && !this.addedTerms) return { skip: true };
    // Only when every alternative pins names is the set of candidate nodes known beforehand.
    const pinned = (pod.requiredNodeTerms ?? []).map(namesPinnedBy);
    if (pinned.length === 0 || pinned.some((names) => names === undefined)) return undefined;
    return { nodeNames: new Set(pinned.flatMap((names) => names ?? [])) };
  }

  filter(_state: CycleState, pod: PodInfo, node: NodeInfo): Rejection | undefined {
    if (this.addedTerms && !this.addedTerms.some((term) => matchesNodeTerm(term, node.node))) return enforced;
    return meetsNodeAffinity(pod, node) ? undefined : refused;
  }

  preScore(_state: CycleState, pod: PodInfo): boolean {
    return pod.preferredNodeTerms.length > 0 || this.addedPreferences.length > 0;
  }

  score(_state: CycleState, pod: PodInfo, node: NodeInfo): number {
    let sum = 0;
    for (const { weight, term } of pod.preferredNodeTerms) if (matchesNodeTerm(term, node.node)) sum += weight;
    for (const { weight, term } of this.addedPreferences) if (matchesNodeTerm(term, node.node)) sum += weight;
    return sum;
  }

  normalize(_state: CycleState, _pod: PodInfo, scores: Float64Array): void {
    normalizeToHundred(scores);
  }
}
