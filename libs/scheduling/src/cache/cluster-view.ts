import type { DeepReadonly, Node, Pod } from '@nestor/api';
import { NodeInfo } from './node-info';
import type { PodAffinityTerm } from './pod-affinity-term';
import type { PodInfo } from './pod-info';
import { TermCounter } from './term-counter';

/** Terms asked for by incoming pods are counted from then on; this many distinct ones are kept, the rest recounted when asked again. */
const keptIncomingTerms = 512;

/** A group of equal terms carried by pods on nodes: where the carriers are, summed by weight. */
export interface CarriedTerm {
  readonly counter: TermCounter;
  readonly weight: number;
}

/**
 * The nodes and what runs on them, as the plugins see it. A scheduling cycle never awaits, so the view cannot
 * change under it and needs no copy. Every change is applied incrementally.
 */
export class ClusterView {
  private readonly nodesByName = new Map<string, NodeInfo>();
  /** Dense list of the same nodes, so that a cycle may start anywhere and wrap around. */
  private list: NodeInfo[] = [];
  /** Pods that match a term some incoming pod has asked about. */
  private readonly incoming = new Map<string, TermCounter>();
  /** Terms that placed pods carry: required anti-affinity, required affinity, and preferred ones by signed weight. */
  private readonly carriedAnti = new Map<string, TermCounter>();
  private readonly carriedAffinity = new Map<string, TermCounter>();
  private readonly carriedPreferred = new Map<string, CarriedTerm>();
  private readonly namespaces = new Map<string, Readonly<Record<string, string>>>();

  readonly namespaceLabels = (namespace: string): Readonly<Record<string, string>> =>
    this.namespaces.get(namespace) ?? {};

  get nodes(): readonly NodeInfo[] {
    return this.list;
  }

  node(name: string): NodeInfo | undefined {
    return this.nodesByName.get(name);
  }

  setNode(node: DeepReadonly<Node>): NodeInfo {
    const name = node.metadata.name ?? '';
    const known = this.nodesByName.get(name);
    if (!known) {
      const added = new NodeInfo(node);
      this.nodesByName.set(name, added);
      this.list.push(added);
      return added;
    }
    const relabelled = !sameLabels(known.labels, node.metadata.labels ?? {});
    if (relabelled) for (const pod of known.pods.values()) this.countTerms(known, pod, -1);
    known.setNode(node);
    if (relabelled) for (const pod of known.pods.values()) this.countTerms(known, pod, 1);
    return known;
  }

  removeNode(name: string): PodInfo[] {
    const node = this.nodesByName.get(name);
    if (!node) return [];
    const pods = [...node.pods.values()];
    for (const pod of pods) this.removePod(name, pod.uid);
    this.nodesByName.delete(name);
    this.list = this.list.filter((other) => other !== node);
    return pods;
  }

  addPod(nodeName: string, pod: PodInfo): boolean {
    const node = this.nodesByName.get(nodeName);
    if (!node) return false;
    node.addPod(pod);
    this.countTerms(node, pod, 1);
    return true;
  }

  removePod(nodeName: string, uid: string): PodInfo | undefined {
    const node = this.nodesByName.get(nodeName);
    const pod = node?.removePod(uid);
    if (node && pod) this.countTerms(node, pod, -1);
    return pod;
  }

  /** Namespace labels decide what a namespaceSelector matches: counters that use them start over. */
  setNamespace(name: string, labels: Readonly<Record<string, string>> | undefined): void {
    if (sameLabels(this.namespaces.get(name) ?? {}, labels ?? {})) return;
    if (labels) this.namespaces.set(name, labels);
    else this.namespaces.delete(name);
    for (const [key, counter] of this.incoming) if (counter.term.usesNamespaceLabels) this.incoming.delete(key);
  }

  /** How many placed pods match the term, by topology. */
  matching(term: PodAffinityTerm): TermCounter {
    const known = this.incoming.get(term.key);
    if (known) {
      this.incoming.delete(term.key);
      this.incoming.set(term.key, known);
      return known;
    }
    const counter = new TermCounter(term);
    for (const node of this.list)
      for (const pod of node.pods.values()) if (this.matches(term, pod.pod)) counter.add(node, 1);
    this.incoming.set(term.key, counter);
    const oldest = this.incoming.keys().next();
    if (this.incoming.size > keptIncomingTerms && !oldest.done) this.incoming.delete(oldest.value);
    return counter;
  }

  /** Required anti-affinity terms of placed pods that this pod would violate. */
  antiAffinityAgainst(pod: DeepReadonly<Pod>): TermCounter[] {
    return [...this.carriedAnti.values()].filter((counter) => counter.total > 0 && this.matches(counter.term, pod));
  }

  /** Preferred terms (and, for symmetry, required affinity) of placed pods that match this pod. */
  preferencesFor(pod: DeepReadonly<Pod>, hardAffinityWeight: number): CarriedTerm[] {
    const preferred = [...this.carriedPreferred.values()].filter(({ counter }) => this.matches(counter.term, pod));
    if (hardAffinityWeight === 0) return preferred;
    const required = [...this.carriedAffinity.values()].filter((counter) => this.matches(counter.term, pod));
    return [...preferred, ...required.map((counter) => ({ counter, weight: hardAffinityWeight }))];
  }

  matches(term: PodAffinityTerm, pod: DeepReadonly<Pod>): boolean {
    return term.matches(pod, this.namespaceLabels);
  }

  private countTerms(node: NodeInfo, pod: PodInfo, sign: 1 | -1): void {
    for (const counter of this.incoming.values()) if (this.matches(counter.term, pod.pod)) counter.add(node, sign);
    for (const term of pod.requiredAntiAffinity) carry(this.carriedAnti, term, node, sign);
    for (const term of pod.requiredAffinity) carry(this.carriedAffinity, term, node, sign);
    for (const { weight, term } of pod.preferredAffinity) this.carryPreferred(term, weight, node, sign);
    for (const { weight, term } of pod.preferredAntiAffinity) this.carryPreferred(term, -weight, node, sign);
  }

  private carryPreferred(term: PodAffinityTerm, weight: number, node: NodeInfo, sign: 1 | -1): void {
    const key = `${weight} ${term.key}`;
    const carried = this.carriedPreferred.get(key) ?? { weight, counter: new TermCounter(term) };
    carried.counter.add(node, sign);
    if (carried.counter.total === 0) this.carriedPreferred.delete(key);
    else this.carriedPreferred.set(key, carried);
  }
}

function carry(terms: Map<string, TermCounter>, term: PodAffinityTerm, node: NodeInfo, sign: 1 | -1): void {
  const counter = terms.get(term.key) ?? new TermCounter(term);
  counter.add(node, sign);
  if (counter.total === 0) terms.delete(term.key);
  else terms.set(term.key, counter);
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
