import type { DeepReadonly, Pod } from '@nestor/api';
import { DomainCounter, NodeCounter } from './domain-counter';
import type { NodeInfo } from './node-info';
import type { PodAffinityTerm } from './pod-affinity-term';
import type { PodInfo } from './pod-info';
import { NamespaceLabels, PodSelector, SelectorIndex } from './pod-selector';
import type { Topology } from './topology';

/** Selectors asked about are counted from then on; this many are kept, the least recently asked is counted anew when it comes again. */
const keptCounters = 8192;

/** Equal terms carried by pods on nodes: where the carriers are. */
class CarriedTerms {
  private readonly counters = new Map<string, DomainCounter>();
  readonly index = new SelectorIndex<DomainCounter>();

  carry(term: PodAffinityTerm, topology: Topology, slot: number, sign: 1 | -1): void {
    const key = `${term.topologyKey} ${term.selector.key}`;
    let counter = this.counters.get(key);
    if (!counter) {
      counter = new DomainCounter(term.selector, topology);
      this.counters.set(key, counter);
      this.index.add(counter);
    }
    counter.add(slot, sign);
    if (counter.total > 0) return;
    this.counters.delete(key);
    this.index.delete(counter);
  }
}

export interface WeightedCounter {
  readonly weight: number;
  readonly counter: DomainCounter;
}

/** What of the view this needs. */
export interface PlacedPodsView {
  readonly nodes: readonly NodeInfo[];
  topology(key: string): Topology;
  readonly namespaceLabels: NamespaceLabels;
}

/** Counts of the pods on nodes by what other pods' affinity and spreading ask. Every change is applied incrementally. */
export class PlacedPods {
  private readonly domainCounters = new Map<string, DomainCounter>();
  private readonly domainIndex = new SelectorIndex<DomainCounter>();
  private readonly nodeCounters = new Map<string, NodeCounter>();
  private readonly nodeIndex = new SelectorIndex<NodeCounter>();
  private readonly antiAffinity = new CarriedTerms();
  private readonly affinity = new CarriedTerms();
  /** By signed weight. */
  private readonly preferred = new Map<number, CarriedTerms>();

  constructor(private readonly view: PlacedPodsView) {}

  count(node: NodeInfo, pod: PodInfo, sign: 1 | -1): void {
    const { slot } = node;
    const add = (counter: DomainCounter | NodeCounter): void => counter.add(slot, sign);
    this.domainIndex.matching(pod.pod, pod.pins, this.view.namespaceLabels, add);
    this.nodeIndex.matching(pod.pod, pod.pins, this.view.namespaceLabels, add);
    for (const term of pod.requiredAntiAffinity) this.carry(this.antiAffinity, term, slot, sign);
    for (const term of pod.requiredAffinity) this.carry(this.affinity, term, slot, sign);
    for (const { weight, term } of pod.preferredAffinity) this.carry(this.preferring(weight), term, slot, sign);
    for (const { weight, term } of pod.preferredAntiAffinity) this.carry(this.preferring(-weight), term, slot, sign);
  }

  /** Namespace labels decide what a namespaceSelector matches: counters that use them start over. */
  namespaceChanged(): void {
    const drop = <T extends { selector: PodSelector }>(counters: Map<string, T>, index: SelectorIndex<T>): void => {
      for (const [key, counter] of counters) {
        if (!counter.selector.usesNamespaceLabels) continue;
        counters.delete(key);
        index.delete(counter);
      }
    };
    drop(this.domainCounters, this.domainIndex);
    drop(this.nodeCounters, this.nodeIndex);
  }

  /** How many placed pods the selector means, by the domains of a topology. */
  byDomain(selector: PodSelector, topologyKey: string): DomainCounter {
    return kept(this.domainCounters, this.domainIndex, `${topologyKey} ${selector.key}`, () => {
      const counter = new DomainCounter(selector, this.view.topology(topologyKey));
      this.countAll(counter);
      return counter;
    });
  }

  /** How many placed pods the selector means, by node. */
  byNode(selector: PodSelector): NodeCounter {
    return kept(this.nodeCounters, this.nodeIndex, selector.key, () => {
      const counter = new NodeCounter(selector);
      this.countAll(counter);
      return counter;
    });
  }

  /** Required anti-affinity terms of placed pods that mean this pod. */
  antiAffinityAgainst(pod: PodInfo): DomainCounter[] {
    return this.matching(this.antiAffinity, pod);
  }

  /** Preferred terms (and, for symmetry, required affinity) of placed pods that mean this pod. */
  preferencesFor(pod: PodInfo, hardAffinityWeight: number, ignorePreferred = false): WeightedCounter[] {
    const found: WeightedCounter[] = [];
    if (!ignorePreferred)
      for (const [weight, terms] of this.preferred)
        for (const counter of this.matching(terms, pod)) found.push({ weight, counter });
    if (hardAffinityWeight !== 0)
      for (const counter of this.matching(this.affinity, pod)) found.push({ weight: hardAffinityWeight, counter });
    return found;
  }

  private matching(terms: CarriedTerms, pod: PodInfo): DomainCounter[] {
    const found: DomainCounter[] = [];
    terms.index.matching(pod.pod, pod.pins, this.view.namespaceLabels, (counter) => found.push(counter));
    return found;
  }

  private carry(terms: CarriedTerms, term: PodAffinityTerm, slot: number, sign: 1 | -1): void {
    terms.carry(term, this.view.topology(term.topologyKey), slot, sign);
  }

  private preferring(weight: number): CarriedTerms {
    let terms = this.preferred.get(weight);
    if (!terms) this.preferred.set(weight, (terms = new CarriedTerms()));
    return terms;
  }

  private countAll(counter: DomainCounter | NodeCounter): void {
    const matches = (pod: DeepReadonly<Pod>): boolean => counter.selector.matches(pod, this.view.namespaceLabels);
    for (const node of this.view.nodes)
      for (const pod of node.pods.values()) if (matches(pod.pod)) counter.add(node.slot, 1);
  }
}

/** The counter under the key, made when there is none; the least recently used one goes when there are too many. */
function kept<T extends { readonly selector: PodSelector }>(
  counters: Map<string, T>,
  index: SelectorIndex<T>,
  key: string,
  make: () => T,
): T {
  const known = counters.get(key);
  if (known) {
    counters.delete(key);
    counters.set(key, known);
    return known;
  }
  const counter = make();
  counters.set(key, counter);
  index.add(counter);
  const [oldest] = counters;
  if (counters.size > keptCounters && oldest) {
    counters.delete(oldest[0]);
    index.delete(oldest[1]);
  }
  return counter;
}
