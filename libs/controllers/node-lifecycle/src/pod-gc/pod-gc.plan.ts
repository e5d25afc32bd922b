import type { DeepReadonly, Node, Pod } from '@nestor/api';
import { isPodFinished } from '@nestor/controller-kit';

type ObservedPod = DeepReadonly<Pod>;

export interface PodGcView {
  pods: readonly ObservedPod[];
  node(name: string): DeepReadonly<Node> | undefined;
  /** True for a node that has been gone for the quarantine and was looked up live. */
  isGone(node: string): boolean;
  terminatedThreshold: number;
}

export interface Collection {
  pod: ObservedPod;
  /** Said in the DisruptionTarget condition of a pod that had not finished. */
  message?: string;
}

/** podgc's four ways out: node gone, node out of service, never scheduled and terminating, finished and too many. */
export function planPodGc(view: PodGcView): Collection[] {
  const collections: Collection[] = [];
  const finished: ObservedPod[] = [];
  for (const pod of view.pods) {
    const nodeName = pod.spec?.nodeName;
    if (isPodFinished(pod) && !pod.metadata.deletionTimestamp) finished.push(pod);
    if (nodeName && view.isGone(nodeName)) collections.push({ pod, message: 'PodGC: node no longer exists' });
    else if (nodeName && pod.metadata.deletionTimestamp && isOutOfService(view.node(nodeName))) {
      collections.push({ pod });
    } else if (!nodeName && pod.metadata.deletionTimestamp) collections.push({ pod });
  }
  const excess = view.terminatedThreshold > 0 ? finished.length - view.terminatedThreshold : 0;
  if (excess > 0) {
    const oldest = finished
      .sort((a, b) => Number(isEvicted(b)) - Number(isEvicted(a)) || age(a).localeCompare(age(b)))
      .slice(0, excess);
    collections.push(...oldest.map((pod) => ({ pod })));
  }
  return collections;
}

/** Evicted pods go before those that ended on their own. */
const isEvicted = (pod: ObservedPod): boolean => pod.status?.phase === 'Failed' && pod.status.reason === 'Evicted';
const age = (pod: ObservedPod): string => pod.metadata.creationTimestamp ?? '';

function isOutOfService(node: DeepReadonly<Node> | undefined): boolean {
  const isReady = node?.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True');
  return !isReady && !!node?.spec?.taints?.some((taint) => taint.key === 'node.kubernetes.io/out-of-service');
}
