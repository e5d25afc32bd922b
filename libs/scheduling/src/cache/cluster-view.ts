import type { DeepReadonly, Node } from '@nestor/api';
import { ChangeLog } from './change-log';
import { ClaimUses } from './claim-uses';
import { NodeImages } from './node-images';
import { NodeInfo } from './node-info';
import { PlacedPods } from './placed-pods';
import type { PodInfo } from './pod-info';
import { Topology } from './topology';

/**
 * The nodes and what runs on them, as the plugins see it. A scheduling cycle never awaits, so the view cannot
 * change under it and needs no copy. Every change is applied incrementally.
 *
 * Each node has a slot, a small number that is its own while it is there: columns are indexed by it.
 */
export class ClusterView {
  private readonly byName = new Map<string, NodeInfo>();
  private readonly slots: (NodeInfo | undefined)[] = [];
  private readonly freeSlots: number[] = [];
  private dense: NodeInfo[] | undefined;
  private clock = 0;
  /** By slot: changes whenever the node or what is on it does, also when another node takes the slot. Never goes back. */
  private readonly clocks: number[] = [];
  private readonly topologies = new Map<string, Topology>();
  private readonly namespaces = new Map<string, Readonly<Record<string, string>>>();
  /** Slots whose generation changed. */
  readonly changes = new ChangeLog();
  readonly placed = new PlacedPods(this);
  readonly images = new NodeImages();
  readonly claimUses = new ClaimUses();

  readonly namespaceLabels = (namespace: string): Readonly<Record<string, string>> =>
    this.namespaces.get(namespace) ?? {};

  get nodes(): readonly NodeInfo[] {
    return (this.dense ??= [...this.byName.values()]);
  }

  node(name: string): NodeInfo | undefined {
    return this.byName.get(name);
  }

  /** Slots are below this number; some may be empty. */
  get slotCount(): number {
    return this.slots.length;
  }

  inSlot(slot: number): NodeInfo | undefined {
    return this.slots[slot];
  }

  /** Compare with an earlier answer for the same slot to know whether anything there changed. */
  get generations(): readonly number[] {
    return this.clocks;
  }

  topology(key: string): Topology {
    let topology = this.topologies.get(key);
    if (!topology) {
      topology = new Topology(key);
      this.topologies.set(key, topology);
      for (const node of this.nodes) topology.set(node.slot, node.labels[key]);
    }
    return topology;
  }

  setNode(node: DeepReadonly<Node>): NodeInfo {
    const known = this.byName.get(node.metadata.name ?? '');
    if (!known) return this.addNode(node);
    const relabelled = !sameLabels(known.labels, node.metadata.labels ?? {});
    this.images.remove(known);
    if (relabelled) for (const pod of known.pods.values()) this.placed.count(known, pod, -1);
    known.setNode(node);
    if (relabelled) {
      for (const [key, topology] of this.topologies) topology.set(known.slot, known.labels[key]);
      for (const pod of known.pods.values()) this.placed.count(known, pod, 1);
    }
    this.images.add(known);
    this.changed(known);
    return known;
  }

  removeNode(name: string): PodInfo[] {
    const node = this.byName.get(name);
    if (!node) return [];
    const pods = [...node.pods.values()];
    for (const pod of pods) this.removePod(name, pod.uid);
    this.images.remove(node);
    for (const topology of this.topologies.values()) topology.set(node.slot, undefined);
    this.byName.delete(name);
    this.dense = undefined;
    this.slots[node.slot] = undefined;
    this.freeSlots.push(node.slot);
    this.changed(node);
    return pods;
  }

  addPod(nodeName: string, pod: PodInfo): boolean {
    const node = this.byName.get(nodeName);
    if (!node) return false;
    node.addPod(pod);
    this.placed.count(node, pod, 1);
    this.claimUses.count(pod, 1);
    this.changed(node);
    return true;
  }

  removePod(nodeName: string, uid: string): PodInfo | undefined {
    const node = this.byName.get(nodeName);
    const pod = node?.removePod(uid);
    if (!node || !pod) return undefined;
    this.placed.count(node, pod, -1);
    this.claimUses.count(pod, -1);
    this.changed(node);
    return pod;
  }

  setNamespace(name: string, labels: Readonly<Record<string, string>> | undefined): void {
    if (sameLabels(this.namespaces.get(name) ?? {}, labels ?? {})) return;
    if (labels) this.namespaces.set(name, labels);
    else this.namespaces.delete(name);
    this.placed.namespaceChanged();
  }

  private addNode(node: DeepReadonly<Node>): NodeInfo {
    const slot = this.freeSlots.pop() ?? this.slots.length;
    const added = new NodeInfo(node, slot);
    this.slots[slot] = added;
    this.byName.set(added.name, added);
    this.dense?.push(added);
    for (const [key, topology] of this.topologies) topology.set(slot, added.labels[key]);
    this.images.add(added);
    this.changed(added);
    return added;
  }

  private changed(node: NodeInfo): void {
    this.clocks[node.slot] = ++this.clock;
    this.changes.push(node.slot);
  }
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
