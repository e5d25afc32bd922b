import type { PodInfo } from '../cache/pod-info';

/** Pods for which room is being made on a node: they count there for pods of lower priority until they are placed. */
export class NominatedPods {
  private readonly byNode = new Map<string, Map<string, PodInfo>>();
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
    const there = this.byNode.get(node);
    if (there) there.set(pod.uid, pod);
    else this.byNode.set(node, new Map([[pod.uid, pod]]));
  }

  delete(uid: string): void {
    const node = this.nodes.get(uid);
    if (node === undefined) return;
    this.nodes.delete(uid);
    const there = this.byNode.get(node);
    there?.delete(uid);
    if (there?.size === 0) this.byNode.delete(node);
  }

  on(node: string): readonly PodInfo[] {
    return [...(this.byNode.get(node)?.values() ?? [])];
  }

  /** Those on the node that a pod of this priority gives way to; undefined when there are none. */
  aheadOn(node: string, pod: PodInfo): readonly PodInfo[] | undefined {
    const there = this.byNode.get(node);
    if (!there) return undefined;
    const pods = [...there.values()].filter((other) => other.uid !== pod.uid && other.priority >= pod.priority);
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
