import type { PodInfo } from '../cache/pod-info';

const nobody: readonly PodInfo[] = [];

/** Pods for which room is being made on a node: they count there for pods of lower priority until they are placed. */
export class NominatedPods {
  /** The lists are replaced when they change, so that they can be handed out and compared as they are. */
  private readonly byNode = new Map<string, readonly PodInfo[]>();
  private readonly nodes = new Map<string, string>();

  get size(): number {
    return this.nodes.size;
  }

  nodeOf(uid: string): string | undefined {
    return this.nodes.get(uid);
  }

  set(pod: PodInfo, node: string): void {
    this.delete(pod.uid);
    this.nodes.set(pod.uid, node);
    this.byNode.set(node, [...this.on(node), pod]);
  }

  delete(uid: string): void {
    const node = this.nodes.get(uid);
    if (node === undefined) return;
    this.nodes.delete(uid);
    const left = this.on(node).filter((pod) => pod.uid !== uid);
    if (left.length > 0) this.byNode.set(node, left);
    else this.byNode.delete(node);
  }

  on(node: string): readonly PodInfo[] {
    return this.byNode.get(node) ?? nobody;
  }

  /** Those on the node that a pod of this priority gives way to; undefined when there are none. */
  aheadOn(node: string, pod: PodInfo): readonly PodInfo[] | undefined {
    const there = this.byNode.get(node);
    if (!there) return undefined;
    const isAhead = (other: PodInfo): boolean => other.uid !== pod.uid && other.priority >= pod.priority;
    if (there.every(isAhead)) return there;
    const pods = there.filter(isAhead);
    return pods.length > 0 ? pods : undefined;
  }

  /** Nodes with nominated pods that a pod of this priority gives way to. */
  *aheadOf(pod: PodInfo): IterableIterator<{ node: string; pods: readonly PodInfo[] }> {
    for (const node of this.byNode.keys()) {
      const pods = this.aheadOn(node, pod);
      if (pods) yield { node, pods };
    }
  }
}
