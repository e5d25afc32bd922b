import type { DeepReadonly, Node } from '@nestor/api';
import { ClusterView } from './cluster-view';
import type { NodeInfo } from './node-info';
import type { PodInfo } from './pod-info';
import type { NodeChange } from '../framework/cluster-event';

interface Placement {
  node: string;
  pod: PodInfo;
  /** Chosen by this scheduler, not yet seen as bound. */
  assumed: boolean;
}

/**
 * Which pod counts on which node: bound ones as the informer tells, assumed ones from the moment they are chosen, so
 * that the next pod never takes the same room. A pod whose node is not known yet is kept until the node appears.
 */
export class SchedulerCache {
  readonly view = new ClusterView();
  private readonly placements = new Map<string, Placement>();
  /** Pods of nodes that are not known (yet, or any more), by node. */
  private readonly homeless = new Map<string, Map<string, PodInfo>>();

  /** Returns what changed on a known node, or 'added'. */
  setNode(node: DeepReadonly<Node>): { info: NodeInfo; changed: 'added' | ReadonlySet<NodeChange> } {
    const name = node.metadata.name ?? '';
    const known = this.view.node(name);
    const before = known?.node;
    const info = this.view.setNode(node);
    if (before) return { info, changed: nodeChanges(before, node) };
    for (const pod of this.homeless.get(name)?.values() ?? []) this.view.addPod(name, pod);
    this.homeless.delete(name);
    return { info, changed: 'added' };
  }

  removeNode(name: string): void {
    for (const pod of this.view.removeNode(name)) this.keepForLater(name, pod);
  }

  assume(pod: PodInfo, node: string): void {
    this.place(pod, node, true);
  }

  /** Takes back an assumption whose binding failed; a pod seen as bound meanwhile stays. */
  forget(uid: string): void {
    if (this.placements.get(uid)?.assumed) this.remove(uid);
  }

  /** The informer shows the pod on a node. Returns true when it was not counted there before. */
  confirm(pod: PodInfo, node: string): boolean {
    const known = this.placements.get(pod.uid);
    const unchanged = known?.node === node && sameForScheduling(known.pod, pod);
    if (unchanged) {
      known.assumed = false;
      return false;
    }
    this.place(pod, node, false);
    return known?.node !== node;
  }

  remove(uid: string): PodInfo | undefined {
    const known = this.placements.get(uid);
    if (!known) return undefined;
    this.placements.delete(uid);
    this.view.removePod(known.node, uid);
    const waiting = this.homeless.get(known.node);
    if (waiting?.delete(uid) && waiting.size === 0) this.homeless.delete(known.node);
    return known.pod;
  }

  /** Takes pods off a node to see what fits without them. Returns what puts back those that are still there. */
  setAside(node: string, pods: readonly PodInfo[]): () => void {
    const gone = pods.flatMap(({ uid }) => this.view.removePod(node, uid) ?? []);
    return () => {
      for (const pod of gone) {
        const now = this.placements.get(pod.uid);
        if (now?.node === node && !this.view.node(node)?.pods.has(pod.uid)) this.view.addPod(node, now.pod);
      }
    };
  }

  /** The pod as it counts on its node. */
  placed(uid: string): PodInfo | undefined {
    return this.placements.get(uid)?.pod;
  }

  /** The node on which the pod counts, if it is known. */
  nodeOf(uid: string): NodeInfo | undefined {
    return this.view.node(this.placements.get(uid)?.node ?? '');
  }

  isPlaced(uid: string): boolean {
    return this.placements.has(uid);
  }

  private place(pod: PodInfo, node: string, assumed: boolean): void {
    this.remove(pod.uid);
    this.placements.set(pod.uid, { node, pod, assumed });
    if (!this.view.addPod(node, pod)) this.keepForLater(node, pod);
  }

  private keepForLater(node: string, pod: PodInfo): void {
    const waiting = this.homeless.get(node);
    if (waiting) waiting.set(pod.uid, pod);
    else this.homeless.set(node, new Map([[pod.uid, pod]]));
  }
}

/**
 * Status changes of a running pod are the most frequent events of all and change nothing here, nor does the binding of
 * an assumed one. Any other change of a spec raises the generation, where the API server counts it for pods.
 */
function sameForScheduling(a: PodInfo, b: PodInfo): boolean {
  const [before, after] = [a.pod, b.pod];
  if (before === after) return true;
  const { generation } = after.metadata;
  return (
    before.metadata.generation === generation &&
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&
    same(before.metadata.labels, after.metadata.labels) &&
    (generation !== undefined || same(before.spec, after.spec))
  );
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function nodeChanges(before: DeepReadonly<Node>, after: DeepReadonly<Node>): ReadonlySet<NodeChange> {
  const changes = new Set<NodeChange>();
  if (!same(before.status?.allocatable, after.status?.allocatable)) changes.add('allocatable');
  if (!same(before.metadata.labels, after.metadata.labels)) changes.add('labels');
  if (!same(before.spec?.taints, after.spec?.taints)) changes.add('taints');
  if (Boolean(before.spec?.unschedulable) !== Boolean(after.spec?.unschedulable)) changes.add('unschedulable');
  return changes;
}
