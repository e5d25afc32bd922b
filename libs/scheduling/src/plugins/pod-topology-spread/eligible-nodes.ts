import type { ClusterView } from '../../cache/cluster-view';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';
import type { Topology } from '../../cache/topology';
import { meetsNodeAffinity } from '../node-affinity/node-affinity.plugin';
import { untoleratedTaint } from '../taint-toleration/taint-toleration.plugin';
import type { SpreadConstraint } from './spread-constraint';

/** Whether a node's pods count for a constraint, as its two inclusion policies say. */
export function isIncluded(constraint: SpreadConstraint, pod: PodInfo, node: NodeInfo): boolean {
  if (constraint.honorsNodeAffinity && !meetsNodeAffinity(pod, node)) return false;
  return !(constraint.honorsTaints && node.taints.length > 0 && untoleratedTaint(pod, node));
}

/** isIncluded by slot; undefined when every node is, which is the usual case and need not be asked. */
export function inclusion(
  constraint: SpreadConstraint,
  pod: PodInfo,
  cluster: ClusterView,
): ((slot: number) => boolean) | undefined {
  const selects = pod.nodeSelector.length > 0 || pod.requiredNodeTerms !== undefined;
  if (!(constraint.honorsNodeAffinity && selects) && !constraint.honorsTaints) return undefined;
  return (slot) => {
    const node = cluster.inSlot(slot);
    return node !== undefined && isIncluded(constraint, pod, node);
  };
}

/** Whether the node has all of the labels. */
export function hasAll(topologies: readonly Topology[], slot: number): boolean {
  for (const topology of topologies) if (topology.at(slot) < 0) return false;
  return true;
}
