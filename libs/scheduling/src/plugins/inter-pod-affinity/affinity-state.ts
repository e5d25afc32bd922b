import type { NodeInfo } from '../../cache/node-info';
import { DomainCounter } from '../../cache/domain-counter';
import { PodAffinityTerm, allOf } from '../../cache/pod-affinity-term';
import type { ClusterView } from '../../cache/cluster-view';
import type { PodInfo } from '../../cache/pod-info';

/** A counter of the cluster with what-if changes of one node on top. */
class Adjusted {
  private readonly changes = new Map<number, number>();
  private sum = 0;

  constructor(readonly counter: DomainCounter) {}

  add(slot: number, amount: number): void {
    const domain = this.counter.topology.at(slot);
    if (domain < 0) return;
    this.changes.set(domain, (this.changes.get(domain) ?? 0) + amount);
    this.sum += amount;
  }

  at(slot: number): number {
    const counted = this.counter.at(slot);
    return this.changes.size === 0 ? counted : counted + (this.changes.get(this.counter.topology.at(slot)) ?? 0);
  }

  get total(): number {
    return this.counter.total + this.sum;
  }

  clone(): Adjusted {
    const copy = new Adjusted(this.counter);
    for (const [domain, amount] of this.changes) copy.changes.set(domain, amount);
    copy.sum = this.sum;
    return copy;
  }
}

export type Verdict = 'fits' | 'affinity' | 'antiAffinity' | 'existingAntiAffinity';

/** What InterPodAffinity's filter knows of the cluster for one pod. */
export class AffinityState {
  private constructor(
    private readonly cluster: ClusterView,
    private readonly pod: PodInfo,
    /** Pods that meet all required terms at once, by each term's topology: as kube-scheduler counts them. */
    private readonly together: readonly Adjusted[],
    private readonly apart: readonly Adjusted[],
    /** Anti-affinity of pods already placed, that this pod would violate. */
    private against: readonly Adjusted[],
    private readonly meetsItself: boolean,
  ) {}

  static of(pod: PodInfo, cluster: ClusterView): AffinityState {
    const { placed } = cluster;
    const wanted = allOf(pod.requiredAffinity.map(({ selector }) => selector));
    const keys = [...new Set(pod.requiredAffinity.map(({ topologyKey }) => topologyKey))];
    const matchesSelf = ({ selector }: PodAffinityTerm): boolean => selector.matches(pod.pod, cluster.namespaceLabels);
    return new AffinityState(
      cluster,
      pod,
      keys.map((key) => new Adjusted(placed.byDomain(wanted, key))),
      pod.requiredAntiAffinity.map(({ selector, topologyKey }) => new Adjusted(placed.byDomain(selector, topologyKey))),
      placed.antiAffinityAgainst(pod).map((counter) => new Adjusted(counter)),
      pod.requiredAffinity.every(matchesSelf),
    );
  }

  get isEmpty(): boolean {
    return this.together.length === 0 && this.apart.length === 0 && this.against.length === 0;
  }

  clone(): AffinityState {
    const copies = (counters: readonly Adjusted[]): Adjusted[] => counters.map((counter) => counter.clone());
    const { cluster, pod, together, apart, against, meetsItself } = this;
    return new AffinityState(cluster, pod, copies(together), copies(apart), copies(against), meetsItself);
  }

  /** A pod comes to the node (1) or goes from it (-1). */
  adjust(other: PodInfo, { slot }: NodeInfo, amount: 1 | -1): void {
    const { namespaceLabels } = this.cluster;
    for (const adjusted of [...this.together, ...this.apart])
      if (adjusted.counter.selector.matches(other.pod, namespaceLabels)) adjusted.add(slot, amount);
    for (const { selector, topologyKey } of other.requiredAntiAffinity)
      if (selector.matches(this.pod.pod, namespaceLabels))
        this.againstTerm(selector.key, topologyKey, () => selector).add(slot, amount);
  }

  private againstTerm(key: string, topologyKey: string, selector: () => PodAffinityTerm['selector']): Adjusted {
    const known = this.against.find(
      ({ counter }) => counter.selector.key === key && counter.topology.key === topologyKey,
    );
    if (known) return known;
    const added = new Adjusted(new DomainCounter(selector(), this.cluster.topology(topologyKey)));
    this.against = [...this.against, added];
    return added;
  }

  /** The first pod of a group that only wants to be with its own kind may go anywhere (kube-scheduler's special case). */
  private get isFirstOfItsGroup(): boolean {
    return this.meetsItself && this.together.every(({ total }) => total === 0);
  }

  /** Answers for any number of slots; made once a pod, so that what all nodes share is worked out once. */
  judge(): (slot: number) => Verdict {
    const { together, apart, against } = this;
    const first = together.length > 0 && this.isFirstOfItsGroup;
    return (slot) => {
      for (const counter of together) {
        if (counter.counter.topology.at(slot) < 0) return 'affinity';
        if (!first && counter.at(slot) <= 0) return 'affinity';
      }
      for (const counter of apart) if (counter.at(slot) > 0) return 'antiAffinity';
      for (const counter of against) if (counter.at(slot) > 0) return 'existingAntiAffinity';
      return 'fits';
    };
  }
}
