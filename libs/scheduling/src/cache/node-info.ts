import type { DeepReadonly, Node, Taint } from '@nestor/api';
import { HostPortsInUse } from './host-ports';
import { readQuantity } from './container-needs';
import { PodInfo } from './pod-info';
import { ResourceAmounts, addAmounts, amountsFrom, noAmounts } from './resource-amounts';

/** A node and what the pods on it (bound or assumed) take of it. */
export class NodeInfo {
  allocatable: ResourceAmounts = noAmounts();
  allocatablePods = 0;
  taints: readonly DeepReadonly<Taint>[] = [];
  /** Bytes of each image the node has, by every name it is known under. */
  imageSizes: ReadonlyMap<string, number> = new Map();
  readonly requested: ResourceAmounts = noAmounts();
  /** Requested with the scoring stand-ins, see PodInfo.scoringCpu. */
  scoringCpu = 0;
  scoringMemory = 0;
  readonly hostPorts = new HostPortsInUse();
  readonly pods = new Map<string, PodInfo>();
  labels: Readonly<Record<string, string>> = {};

  constructor(
    private current: DeepReadonly<Node>,
    /** Where the node is in the columns of its ClusterView. */
    readonly slot: number,
    /** The node as it has been read already. */
    read?: NodeInfo,
  ) {
    if (!read) {
      this.setNode(current);
      return;
    }
    this.labels = read.labels;
    this.allocatable = read.allocatable;
    this.allocatablePods = read.allocatablePods;
    this.taints = read.taints;
    this.imageSizes = read.imageSizes;
  }

  /** A copy to try changes on. */
  clone(): NodeInfo {
    const copy = new NodeInfo(this.current, this.slot, this);
    for (const pod of this.pods.values()) copy.addPod(pod);
    return copy;
  }

  get node(): DeepReadonly<Node> {
    return this.current;
  }

  get name(): string {
    return this.current.metadata.name ?? '';
  }

  setNode(node: DeepReadonly<Node>): void {
    this.current = node;
    this.labels = node.metadata.labels ?? {};
    const list = node.status?.allocatable;
    this.allocatable = amountsFrom(list, readQuantity);
    this.allocatablePods = list?.['pods'] === undefined ? 0 : readQuantity.value(list['pods']);
    this.taints = node.spec?.taints ?? [];
    this.imageSizes = new Map(
      (node.status?.images ?? []).flatMap((image) =>
        (image.names ?? []).map((name) => [name, image.sizeBytes ?? 0] as const),
      ),
    );
  }

  addPod(pod: PodInfo): void {
    this.pods.set(pod.uid, pod);
    this.count(pod, 1);
    this.hostPorts.add(pod.hostPorts);
  }

  removePod(uid: string): PodInfo | undefined {
    const pod = this.pods.get(uid);
    if (!pod) return undefined;
    this.pods.delete(uid);
    this.count(pod, -1);
    this.hostPorts.remove(pod.hostPorts);
    return pod;
  }

  private count(pod: PodInfo, sign: 1 | -1): void {
    addAmounts(this.requested, pod.requests, sign);
    this.scoringCpu += sign * pod.scoringCpu;
    this.scoringMemory += sign * pod.scoringMemory;
  }
}
